#include "codec/xz/recover.h"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <string>

#include "codec/compare_sink.h"
#include "codec/xz/encode.h"
#include "codec/xz/filters.h"

namespace kerf {
namespace {

// Default first, then what people ask for. The presets 7 to 9 are 6 with larger dictionaries, and
// of the extreme ones only 3 and 5 differ (alike) from the others.
constexpr std::array<XzEffort, 9> kEfforts{6, 16 + 6, 5, 4, 3, 2, 1, 0, 16 + 5};

std::string describe(XzEffort effort) {
  return "preset " + std::to_string(effort & 15) + (effort >= 16 ? "e" : "");
}

std::vector<XzEffort> efforts(const RecoverOptions& options, std::size_t where) {
  std::vector<XzEffort> list;
  for (const auto& hint : options.hints) {
    if (hint.size() > where && hint[where] < 32) {
      list.push_back(hint[where]);
    }
  }
  for (const XzEffort effort : kEfforts) {
    if (std::find(list.begin(), list.end(), effort) == list.end()) {
      list.push_back(effort);
    }
  }
  return list;
}

// What lies where in a stream.
struct Layout {
  XzParams params;
  std::vector<std::uint64_t> payloads;  // offset of each block's LZMA2 data
};

class Index {
 public:
  ~Index() { lzma_index_end(index, nullptr); }
  Index() = default;
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  lzma_index* index = nullptr;
};

Error damaged(const char* what, std::uint64_t offset) {
  return Error(Code::corrupt, std::string("damaged xz stream: ") + what).at(offset);
}

// Filters of a block header, from the bytes that wrote them.
Result<std::vector<XzFilter>> read_filters(Bytes header, lzma_check check, XzParams& params,
                                           std::uint64_t offset) {
  std::array<lzma_filter, LZMA_FILTERS_MAX + 1> chain{};
  lzma_block block{};
  block.check = check;
  block.filters = chain.data();
  block.header_size = static_cast<std::uint32_t>(header.size());
  if (lzma_block_header_decode(&block, nullptr, header.data()) != LZMA_OK) {
    return damaged("block header", offset);
  }
  std::vector<XzFilter> filters;
  bool fits = false;
  for (std::size_t i = 0; chain[i].id != LZMA_VLI_UNKNOWN; ++i) {
    std::uint32_t size = 0;
    std::vector<std::uint8_t> properties;
    if (lzma_properties_size(&size, &chain[i]) == LZMA_OK && size <= 16) {
      properties.resize(size);
      if (size == 0 || lzma_properties_encode(&chain[i], properties.data()) == LZMA_OK) {
        fits = true;
      }
    }
    filters.push_back({chain[i].id, std::move(properties)});
  }
  params.sizes_in_headers = block.compressed_size != LZMA_VLI_UNKNOWN;
  lzma_filters_free(chain.data(), nullptr);
  if (!fits || filters.empty() || filters.back().id != LZMA_FILTER_LZMA2 ||
      filters.back().properties.size() != 1) {
    return Error(Code::unsupported, "xz block without LZMA2").at(offset);
  }
  params.dictionary = filters.back().properties[0];
  filters.pop_back();
  return filters;
}

// lc, lp and pb stand in the first chunk that is compressed; nothing if none is.
Result<std::optional<std::uint8_t>> read_contexts(const Source& packed, std::uint64_t offset,
                                                  std::uint64_t length) {
  const std::uint64_t end = offset + length;
  while (end - offset >= 6) {
    std::array<std::uint8_t, 6> head{};
    TRY(packed.read_at(offset, head));
    if (head[0] >= 0xC0) {
      return std::optional<std::uint8_t>(head[5]);
    }
    if (head[0] != 1 && head[0] != 2) {
      break;
    }
    const std::uint64_t chunk = 3 + (std::uint64_t{head[1]} << 8 | head[2]) + 1;
    if (chunk > end - offset) {
      break;
    }
    offset += chunk;
  }
  return std::optional<std::uint8_t>();
}

Result<Layout> read_layout(const Source& packed, std::uint64_t memory) {
  constexpr std::uint64_t kHead = LZMA_STREAM_HEADER_SIZE;
  std::array<std::uint8_t, kHead> bytes{};
  lzma_stream_flags head{};
  TRY(packed.read_at(0, bytes));
  if (lzma_stream_header_decode(&head, bytes.data()) != LZMA_OK) {
    return damaged("header", 0);
  }
  lzma_stream_flags foot{};
  TRY(packed.read_at(packed.size() - kHead, bytes));
  if (packed.size() < 2 * kHead || lzma_stream_footer_decode(&foot, bytes.data()) != LZMA_OK ||
      foot.backward_size > packed.size() - 2 * kHead || foot.check != head.check) {
    return damaged("footer", packed.size() - kHead);
  }
  const std::uint64_t index_offset = packed.size() - kHead - foot.backward_size;
  if (foot.backward_size > memory / 16) {
    return Error(Code::limit, "an xz index of " + std::to_string(foot.backward_size) + " bytes");
  }
  std::vector<std::uint8_t> index_bytes(static_cast<std::size_t>(foot.backward_size));
  TRY(packed.read_at(index_offset, index_bytes));
  Index index;
  std::uint64_t most = memory;
  std::size_t at = 0;
  if (lzma_index_buffer_decode(&index.index, &most, nullptr, index_bytes.data(), &at,
                               index_bytes.size()) != LZMA_OK) {
    return damaged("index", index_offset);
  }

  Layout layout;
  layout.params.check = static_cast<std::uint8_t>(head.check);
  lzma_index_iter block;
  lzma_index_iter_init(&block, index.index);
  bool contexts_known = false;
  while (lzma_index_iter_next(&block, LZMA_INDEX_ITER_BLOCK) == 0) {
    const std::uint64_t offset = block.block.compressed_file_offset;
    std::array<std::uint8_t, 1> size{};
    TRY(packed.read_at(offset, size));
    std::vector<std::uint8_t> header((size[0] + std::size_t{1}) * 4);
    const std::uint64_t around = header.size() + lzma_check_size(head.check);
    if (size[0] == 0 || around >= block.block.unpadded_size ||
        offset + block.block.unpadded_size > index_offset) {
      return damaged("block", offset);
    }
    TRY(packed.read_at(offset, header));
    XzParams here;
    TRY_ASSIGN(here.filters, read_filters(header, head.check, here, offset));
    const std::uint64_t length = block.block.unpadded_size - around;
    if (layout.payloads.empty()) {
      layout.params.filters = std::move(here.filters);
      layout.params.dictionary = here.dictionary;
      layout.params.sizes_in_headers = here.sizes_in_headers;
      layout.params.header_size = size[0];
    }
    if (!contexts_known) {
      TRY_ASSIGN(const auto contexts, read_contexts(packed, offset + header.size(), length));
      if (contexts) {
        contexts_known = true;
        layout.params.contexts = *contexts;
      }
    }
    layout.payloads.push_back(offset + header.size());
    layout.params.blocks.push_back({block.block.uncompressed_size, length});
  }
  return layout;
}

// Feeds encoders until one makes everything. `make` gives an encoder that writes to the sink.
template <class Make>
Result<bool> makes(const Source& packed, const Source& plain, std::uint64_t packed_offset,
                   std::uint64_t packed_length, std::uint64_t plain_length, Recovery& recovery,
                   Make make) {
  CompareSink sink(packed, packed_offset);
  auto encoder = make(sink);
  if (!encoder) {
    const Code code = encoder.error().code();
    if (code == Code::unsupported || code == Code::limit || code == Code::corrupt) {
      return false;
    }
    return std::move(encoder).error();
  }
  auto verdict = try_encoder(**encoder, sink, plain, 0, plain_length, packed_offset + packed_length,
                             recovery.work);
  if (!verdict && verdict.error().code() == Code::limit) {
    return false;  // longer than the stream
  }
  TRY_ASSIGN(const Verdict value, std::move(verdict));
  return value == Verdict::equal;
}

bool exhausted(const Recovery& recovery, const RecoverOptions& options, std::uint64_t plain) {
  return recovery.work >=
         (options.work != 0 ? options.work : 12 * std::max(plain, std::uint64_t{1} << 22));
}

}  // namespace

Result<Recovery> recover_xz(const Source& packed, const Source& plain,
                            const RecoverOptions& options) {
  Recovery recovery;
  auto layout = read_layout(packed, options.memory);
  if (!layout) {
    const Code code = layout.error().code();
    if (code == Code::unsupported || code == Code::limit) {
      return recovery;
    }
    return std::move(layout).error();
  }
  XzParams& params = layout->params;
  for (const XzEffort effort : efforts(options, 3)) {
    if (exhausted(recovery, options, plain.size())) {
      break;
    }
    params.effort = effort;
    auto memory = xz_encode_memory(params);
    if (!memory || *memory > options.memory) {
      continue;
    }
    ++recovery.tried;
    // Several blocks: a wrong effort shows in the first one.
    if (params.blocks.size() > 1) {
      TRY_ASSIGN(const bool good,
                 makes(packed, plain, layout->payloads[0], params.blocks[0].packed,
                       std::min(params.blocks[0].plain, plain.size()), recovery,
                       [&](Sink& sink) { return xz_block_encoder(params, sink); }));
      if (!good) {
        continue;
      }
    }
    ByteWriter bytes;
    write_xz_params(params, bytes);
    TRY_ASSIGN(const bool good,
               makes(packed, plain, 0, packed.size(), plain.size(), recovery, [&](Sink& sink) {
                 return xz_codec().encoder(bytes.view(), sink, {packed.size(), options.memory, 1});
               }));
    if (good) {
      std::string text = describe(effort);
      if (!params.filters.empty()) {
        text += ", filters";
      }
      text += params.sizes_in_headers ? ", sizes" : "";
      if (params.blocks.size() > 1) {
        text += ", " + std::to_string(params.blocks.size()) + " blocks";
      }
      recovery.exact = Recovered{std::move(bytes).take(), std::move(text)};
      break;
    }
  }
  return recovery;
}

Result<Recovery> recover_lzma(const Source& packed, const Source& plain,
                              const RecoverOptions& options) {
  Recovery recovery;
  LzmaParams params;
  TRY(packed.read_at(0, params.header));
  const bool sized = load_le64(&params.header[5]) != UINT64_MAX;
  for (const bool marker : {true, false}) {
    if (!sized && !marker) {
      break;  // without a size the end must be marked
    }
    for (const XzEffort effort : efforts(options, 4)) {
      if (exhausted(recovery, options, plain.size())) {
        return recovery;
      }
      params.effort = effort;
      params.end_marker = marker == !sized;  // the usual of each kind first
      ++recovery.tried;
      ByteWriter bytes;
      write_lzma_params(params, bytes);
      TRY_ASSIGN(
          const bool good,
          makes(packed, plain, 0, packed.size(), plain.size(), recovery, [&](Sink& sink) {
            return lzma_codec().encoder(bytes.view(), sink, {packed.size(), options.memory, 1});
          }));
      if (good) {
        recovery.exact = Recovered{std::move(bytes).take(), describe(effort)};
        return recovery;
      }
    }
  }
  return recovery;
}

}  // namespace kerf
