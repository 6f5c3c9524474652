#include "container/cpio/cpio.h"

#include <algorithm>
#include <array>
#include <limits>

#include "container/text_number.h"
#include "container/tiler.h"

namespace kerf::container {

namespace {

constexpr std::size_t kHeader = 110;
constexpr std::size_t kMagic = 6;
constexpr std::uint64_t kMostName = 65536;  // what the readers at hand allow, with room to spare
constexpr std::string_view kTrailer = "TRAILER!!!";

bool is_magic(Bytes head) {
  return head.size() >= kMagic && std::equal(head.begin(), head.begin() + 5, "07070") &&
         (head[5] == '1' || head[5] == '2');
}

std::uint64_t align4(std::uint64_t position) {
  return (position + 3) & ~std::uint64_t{3};
}

Result<bool> magic_at(const Source& file, std::uint64_t position) {
  std::array<std::uint8_t, kMagic> magic{};
  if (position > file.size() || file.size() - position < kHeader) {
    return false;
  }
  TRY(file.read_at(position, magic));
  return is_magic(magic);
}

// One archive, from `start` on; returns where it ends, behind its trailer. Linux reads several in
// a row, each aligned for itself.
Result<std::uint64_t> read_archive(const Source& file, Tiler& tiler, std::uint64_t start) {
  std::uint64_t position = start;
  for (;;) {
    std::array<std::uint8_t, kHeader> header{};
    if (file.size() - position < kHeader) {
      return beyond_end("the header of a member (the archive has no trailer)", position);
    }
    TRY(file.read_at(position, header));
    const auto size = text_number(Bytes(header).subspan(54, 8), 16);
    const auto name_size = text_number(Bytes(header).subspan(94, 8), 16);
    if (!is_magic(header) || !size || !name_size || *name_size == 0 || *name_size > kMostName) {
      return Error(Code::corrupt, "this is no header of a member").at(position);
    }
    const Extent name_at{position + kHeader, *name_size};
    const std::uint64_t content = start + align4(position - start + kHeader + *name_size);
    if (!name_at.within(file.size()) ||
        (*size > 0 && !Extent{content, *size}.within(file.size()))) {
      return beyond_end("a member", position);
    }
    std::vector<std::uint8_t> name(static_cast<std::size_t>(*name_size));
    TRY(file.read_at(name_at.offset, name));
    const std::string path = member_path(name);
    TRY(tiler.header(path, {{position, kHeader + *name_size}}));
    if (path == kTrailer && *size == 0) {
      return name_at.offset + *name_size;
    }
    TRY(tiler.content(path, {content, *size}));
    position = std::min(start + align4(content - start + *size), file.size());
  }
}

class Cpio final : public Container {
 public:
  std::string_view name() const override { return "cpio"; }

  Result<unsigned> probe(const Source& file) const override {
    TRY_ASSIGN(const bool found, magic_at(file, 0));
    return found ? 47U : 0U;
  }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    Tiler tiler(file.size(), limits);
    std::uint64_t position = 0;
    for (bool another = true; another;) {
      TRY_ASSIGN(position, read_archive(file, tiler, position));
      TRY_ASSIGN(const std::uint64_t next, skip_zeros(file, position));
      TRY_ASSIGN(another, magic_at(file, next));
      position = next;
    }
    return tiler.finish(file, position);
  }

 private:
  // The first byte from `position` on that is not zero, or the end of the file.
  static Result<std::uint64_t> skip_zeros(const Source& file, std::uint64_t position) {
    BufferedReader reader(file, std::size_t{16} << 10);
    reader.seek(position);
    for (;;) {
      TRY_ASSIGN(const Bytes some, reader.read_some(std::numeric_limits<std::size_t>::max()));
      for (const std::uint8_t byte : some) {
        if (byte != 0) {
          return position;
        }
        ++position;
      }
      if (some.empty()) {
        return position;
      }
    }
  }
};

}  // namespace

const Container& cpio() {
  static const Cpio container;
  return container;
}

}  // namespace kerf::container
