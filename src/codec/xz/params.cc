#include <lzma.h>

#include <string>

#include "base/varint.h"
#include "codec/xz/encode.h"
#include "codec/xz/filters.h"

namespace kerf {
namespace {

constexpr std::uint64_t kMostBlocks = 1 << 16;
constexpr std::size_t kMostProperties = 16;

}  // namespace

std::array<std::uint8_t, 3> xz_version() {
  const std::uint32_t number = lzma_version_number();  // e.g. 50040012: 5.4.1, stable
  return {static_cast<std::uint8_t>(number / 10000000),
          static_cast<std::uint8_t>(number / 10000 % 1000),
          static_cast<std::uint8_t>(number / 10 % 1000)};
}

void write_xz_params(const XzParams& params, ByteWriter& out) {
  out.bytes(xz_version());
  out.u8(params.effort);
  out.u8(static_cast<std::uint8_t>(params.check | (params.sizes_in_headers ? 16 : 0) |
                                   params.filters.size() << 5));
  out.u8(params.dictionary);
  out.u8(params.contexts);
  out.u8(params.header_size);
  for (const XzFilter& filter : params.filters) {
    write_varint(filter.id, out);
    out.u8(static_cast<std::uint8_t>(filter.properties.size()));
    out.bytes(filter.properties);
  }
  write_varint(params.blocks.size(), out);
  for (const XzBlock& block : params.blocks) {
    write_varint(block.plain, out);
    write_varint(block.packed, out);
  }
}

Status check_xz_version(ByteReader& in) {
  const std::uint64_t start = in.offset();
  const std::array<std::uint8_t, 3> version{in.u8(), in.u8(), in.u8()};
  TRY(in.status());
  if (version != xz_version()) {
    const auto text = [](const std::array<std::uint8_t, 3>& v) {
      return std::to_string(v[0]) + "." + std::to_string(v[1]) + "." + std::to_string(v[2]);
    };
    return Error(Code::unsupported, "packed with liblzma " + text(version) + ", this is " +
                                        text(xz_version()) +
                                        ": other bytes might come out; make the patch anew")
        .at(start);
  }
  return {};
}

Result<XzParams> read_xz_params(Bytes bytes) {
  ByteReader in(bytes);
  TRY(check_xz_version(in));
  XzParams params;
  params.effort = in.u8();
  const std::uint8_t flags = in.u8();
  params.dictionary = in.u8();
  params.contexts = in.u8();
  params.header_size = in.u8();
  TRY(in.status());
  params.check = flags & 15;
  params.sizes_in_headers = (flags & 16) != 0;
  const unsigned filters = flags >> 5;
  if (filters >= LZMA_FILTERS_MAX || params.dictionary > 40) {
    return Error(Code::corrupt, "xz params: too many filters, or no such dictionary").at(4);
  }
  if (params.check != LZMA_CHECK_NONE && params.check != LZMA_CHECK_CRC32 &&
      params.check != LZMA_CHECK_CRC64 && params.check != LZMA_CHECK_SHA256) {
    return Error(Code::unsupported, "xz check " + std::to_string(params.check) + " is unknown")
        .at(4);
  }
  for (unsigned i = 0; i < filters; ++i) {
    TRY_ASSIGN(const std::uint64_t id, read_varint(in));
    const std::size_t length = in.u8();
    if (length > kMostProperties) {
      return Error(Code::corrupt, "xz params: a filter with too many options").at(in.offset());
    }
    const Bytes properties = in.take(length);
    params.filters.push_back({id, {properties.begin(), properties.end()}});
  }
  TRY_ASSIGN(const std::uint64_t blocks, read_varint(in));
  if (blocks > kMostBlocks) {
    return Error(Code::corrupt, "xz params of more than 65536 blocks").at(in.offset());
  }
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t at = in.offset();
    TRY_ASSIGN(const std::uint64_t plain, read_varint(in));
    TRY_ASSIGN(const std::uint64_t packed, read_varint(in));
    if (plain > LZMA_VLI_MAX / 4 || packed > LZMA_VLI_MAX / 4 || packed == 0) {
      return Error(Code::corrupt, "xz params: a block of impossible size").at(at);
    }
    params.blocks.push_back({plain, packed});
  }
  if (in.remaining() > 0) {
    return Error(Code::corrupt, "xz params with bytes left over").at(in.offset());
  }
  XzFilters check;
  TRY(check.set(params));
  return params;
}

}  // namespace kerf
