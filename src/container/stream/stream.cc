#include "container/stream/stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>

#include "container/tiler.h"

namespace kerf::container {

namespace {

// Bits that match in the first bytes of a stream; `head` may be short.
using Probe = unsigned (*)(Bytes head);

unsigned probe_gzip(Bytes head) {
  // Three of the flags are reserved.
  return head.size() >= 10 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8 &&
                 (head[3] & 0xE0) == 0
             ? 27
             : 0;
}

unsigned probe_xz(Bytes head) {
  constexpr std::array<std::uint8_t, 6> magic{0xFD, '7', 'z', 'X', 'Z', 0};
  if (head.size() < 12 || !std::equal(magic.begin(), magic.end(), head.begin())) {
    return 0;
  }
  // Kernels have the magic among their strings: the checksum tells.
  return load_le32(&head[8]) == crc32_z(0, &head[6], 2) ? 80 : 0;
}

unsigned probe_bzip2(Bytes head) {
  constexpr std::array<std::uint8_t, 6> block{0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
  constexpr std::array<std::uint8_t, 6> end{0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
  if (head.size() < 10 || head[0] != 'B' || head[1] != 'Z' || head[2] != 'h' || head[3] < '1' ||
      head[3] > '9') {
    return 0;
  }
  const Bytes next = head.subspan(4, 6);
  return std::equal(block.begin(), block.end(), next.begin()) ||
                 std::equal(end.begin(), end.end(), next.begin())
             ? 75
             : 0;
}

unsigned probe_lzma(Bytes head) {
  // No magic: what liblzma's own tool accepts as plausible.
  if (head.size() < 14 || head[0] >= 9 * 5 * 5 || head[13] != 0) {
    return 0;
  }
  const std::uint32_t dictionary = load_le32(&head[1]);
  const std::uint32_t rest = dictionary & (dictionary - 1);
  if (dictionary < 4096 || (rest != 0 && rest != (std::bit_floor(dictionary) >> 1))) {
    return 0;
  }
  const std::uint64_t size = load_le64(&head[5]);
  constexpr std::uint64_t unknown = ~std::uint64_t{0};
  return size == unknown || size < (std::uint64_t{1} << 38) ? 50 : 0;
}

unsigned probe_zlib(Bytes head) {
  return head.size() >= 6 && (head[0] & 0x0F) == 8 && (head[0] >> 4) <= 7 &&
                 (head[1] & 0x20) == 0 && (head[0] * 256 + head[1]) % 31 == 0
             ? 11
             : 0;
}

class StreamContainer final : public Container {
 public:
  StreamContainer(CodecId codec, Probe bits) : codec_(codec), bits_(bits) {}

  std::string_view name() const override { return find_codec(codec_)->name(); }

  Result<unsigned> probe(const Source& file) const override { return probe_at(file, 0); }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    Tiler tiler(file.size(), limits);
    Limits left = limits;
    std::uint64_t position = 0;
    for (;;) {
      const SliceSource rest(file, position, file.size() - position);
      CountingSink dropped(nullptr);
      auto decoded = find_codec(codec_)->decode(rest, dropped, left);
      if (!decoded) {
        Error error = std::move(decoded).error();
        if (position == 0) {
          return error;
        }
        break;  // it only looked like another stream
      }
      if (decoded->packed == 0) {
        return Error(Code::bug, "a codec found the end of a stream at its start").at(position);
      }
      left.output -= std::min(left.output, decoded->plain);
      TRY(tiler.add({{}, Role::content, codec_, {{position, decoded->packed}}, decoded->plain}));
      position += decoded->packed;
      TRY_ASSIGN(const unsigned again, probe_at(file, position));
      if (codec_ != CodecId::xz || again == 0) {
        break;  // the other codecs take all the streams in a row as one, or have no magic
      }
    }
    return tiler.finish(file, position);
  }

 private:
  Result<unsigned> probe_at(const Source& file, std::uint64_t position) const {
    std::array<std::uint8_t, 16> head{};
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), file.size() - position));
    TRY(file.read_at(position, MutBytes(head).first(length)));
    return bits_(Bytes(head).first(length));
  }

  CodecId codec_;
  Probe bits_;
};

}  // namespace

const Container& gzip_stream() {
  static const StreamContainer container(CodecId::gzip, probe_gzip);
  return container;
}

const Container& xz_stream() {
  static const StreamContainer container(CodecId::xz, probe_xz);
  return container;
}

const Container& bzip2_stream() {
  static const StreamContainer container(CodecId::bzip2, probe_bzip2);
  return container;
}

const Container& lzma_stream() {
  static const StreamContainer container(CodecId::lzma, probe_lzma);
  return container;
}

const Container& zlib_stream() {
  static const StreamContainer container(CodecId::zlib, probe_zlib);
  return container;
}

}  // namespace kerf::container
