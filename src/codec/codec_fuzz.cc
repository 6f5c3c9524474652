// Any bytes as a packed stream and as params of every codec: no crash, nothing above the limits,
// and what decodes is recovered exactly or not at all. Input: the codec's number, then 0 and a
// packed stream, or 1, the size of params, params and plain bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "codec/codec.h"

#ifdef KERF_FUZZ_RECOVER
#include "codec/recover.h"
#endif

namespace {

constexpr kerf::Limits kLimits{std::uint64_t{1} << 18, std::uint64_t{4} << 20, 1};

void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

bool encode(const kerf::Codec& codec, kerf::Bytes params, kerf::Bytes plain,
            kerf::MemorySink& packed) {
  auto encoder = codec.encoder(params, packed, kLimits);
  expect(encoder || encoder.error().code() != kerf::Code::bug);
  if (!encoder) {
    return false;
  }
  for (const std::size_t part : {plain.size() / 2, plain.size() - plain.size() / 2}) {
    if (kerf::Status status = (*encoder)->write(plain.first(part)); !status) {
      expect(status.error().code() != kerf::Code::bug);
      return false;
    }
    plain = plain.subspan(part);
  }
  const kerf::Status status = (*encoder)->finish();
  expect(status || status.error().code() != kerf::Code::bug);
  return status.has_value();
}

void decode(const kerf::Codec& codec, kerf::Bytes packed) {
  kerf::MemorySink plain(kLimits.output);
  const auto decoded = codec.decode(kerf::MemorySource(packed), plain, kLimits);
  if (!decoded) {
    expect(decoded.error().code() != kerf::Code::bug);
    return;
  }
  expect(decoded->packed <= packed.size() && decoded->plain == plain.view().size());
#ifdef KERF_FUZZ_RECOVER
  kerf::RecoverOptions options;
  options.work = std::uint64_t{1} << 20;
  options.memory = kLimits.memory;
  options.most_corrections_percent = 100;
  const kerf::Bytes stream = packed.first(static_cast<std::size_t>(decoded->packed));
  const auto recovery = kerf::recover(codec.id(), kerf::MemorySource(stream),
                                      kerf::MemorySource(plain.view()), options);
  expect(recovery || recovery.error().code() != kerf::Code::bug);
  if (recovery && recovery->exact) {
    kerf::MemorySink again(kLimits.output);
    expect(encode(codec, recovery->exact->params, plain.view(), again));
    expect(std::equal(stream.begin(), stream.end(), again.view().begin(), again.view().end()));
  }
#endif
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const kerf::Codec* codec = kerf::find_codec(static_cast<kerf::CodecId>(data[0]));
  if (codec == nullptr) {
    return 0;
  }
  if (data[1] == 0) {
    decode(*codec, {data + 2, size - 2});
    return 0;
  }
  const std::size_t length = std::min<std::size_t>(data[2], size - 3);
  kerf::MemorySink packed(kLimits.output);
  const kerf::Bytes plain(data + 3 + length, size - 3 - length);
  if (encode(*codec, {data + 3, length}, plain, packed)) {
    // Whatever an encoder writes unpacks to what it was given; .lzma says so only with its size.
    kerf::MemorySink unpacked(kLimits.output);
    const auto decoded = codec->decode(kerf::MemorySource(packed.view()), unpacked, kLimits);
    if (decoded) {
      expect(
          std::equal(plain.begin(), plain.end(), unpacked.view().begin(), unpacked.view().end()));
    }
  }
  return 0;
}
