#include "codec/xz/filters.h"

#include <cstdlib>
#include <string>

namespace kerf {

Result<lzma_options_lzma> lzma_options_of(XzEffort effort, std::uint32_t dictionary,
                                          std::uint8_t contexts) {
  lzma_options_lzma options{};
  const std::uint32_t preset = effort & 15U;
  if (effort >= 32 || preset > 9 || contexts >= 225 ||
      lzma_lzma_preset(&options, preset | (effort >= 16 ? LZMA_PRESET_EXTREME : 0)) != 0) {
    return Error(Code::corrupt, "no such effort or contexts of LZMA");
  }
  options.dict_size = dictionary;
  options.lc = contexts % 9U;
  options.lp = contexts / 9U % 5;
  options.pb = contexts / 45U;
  if (options.lc + options.lp > 4) {
    return Error(Code::unsupported, "LZMA with more than four context bits");
  }
  return options;
}

XzFilters::~XzFilters() {
  for (std::size_t i = 0; i < foreign_; ++i) {
    std::free(chain_[i].options);  // NOLINT: liblzma allocated them with malloc
  }
}

Status XzFilters::set(const XzParams& params) {
  for (const XzFilter& filter : params.filters) {
    lzma_filter& next = chain_[foreign_];
    next.id = filter.id;
    next.options = nullptr;
    const lzma_ret code =
        lzma_properties_decode(&next, nullptr, filter.properties.data(), filter.properties.size());
    if (code != LZMA_OK || lzma_filter_encoder_is_supported(filter.id) == 0) {
      return Error(Code::unsupported,
                   "xz filter " + std::to_string(filter.id) + " or its options are not supported");
    }
    ++foreign_;
  }
  // Dictionary sizes are 2^n and 3 * 2^(n - 1), from 4 KiB up to 4 GiB - 1.
  const unsigned code = params.dictionary;
  const std::uint32_t size = code == 40 ? UINT32_MAX : (2U | (code & 1)) << (code / 2 + 11);
  TRY_ASSIGN(options_, lzma_options_of(params.effort, size, params.contexts));
  chain_[foreign_] = {LZMA_FILTER_LZMA2, &options_};
  chain_[foreign_ + 1] = {LZMA_VLI_UNKNOWN, nullptr};
  return {};
}

Status LzmaRun::feed(Bytes plain, lzma_action action, Sink& packed) {
  std::array<std::uint8_t, std::size_t{32} << 10> buffer;
  stream.next_in = plain.data();
  stream.avail_in = plain.size();
  for (;;) {
    stream.next_out = buffer.data();
    stream.avail_out = buffer.size();
    const lzma_ret code = lzma_code(&stream, action);
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) {
      return Error(code == LZMA_MEM_ERROR ? Code::limit : Code::bug,
                   "liblzma refused to compress, error " + std::to_string(code));
    }
    TRY(packed.write(Bytes(buffer).first(buffer.size() - stream.avail_out)));
    if (code == LZMA_STREAM_END ||
        (action == LZMA_RUN && stream.avail_in == 0 && stream.avail_out != 0)) {
      return {};
    }
    if (code == LZMA_BUF_ERROR && action == LZMA_FINISH) {
      return Error(Code::bug, "liblzma does not finish");
    }
  }
}

}  // namespace kerf
