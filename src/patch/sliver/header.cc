#include "patch/sliver/header.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/checked.h"

namespace kerf::sliver {

namespace {

constexpr std::size_t checksum_length = 4;
// No header of a window count that is allowed is larger than this plus ten bytes a window.
constexpr std::size_t most_fixed = 256;
// Setting the models up costs as much as decoding some 64 KiB: a patch may not ask for more of it.
constexpr std::uint32_t least_window = std::uint32_t{64} << 10;

// The numbers of a map of most_file_size covers, each at its longest.
constexpr std::uint64_t most_unpacked = std::uint64_t{16} * most_file_size;

constexpr std::uint64_t most_windows(std::uint64_t new_size) {
  return 1 + new_size / least_window;
}

void put_number(ByteWriter& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) {
    out.u8(static_cast<std::uint8_t>(value | 128));
  }
  out.u8(static_cast<std::uint8_t>(value));
}

// Reads the fields in order; the first fault sticks, with the name of its field.
class Fields {
 public:
  explicit Fields(Bytes bytes) : reader_(bytes) {}

  std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const std::uint64_t at = reader_.offset();
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = reader_.u8();
      value |= std::uint64_t{byte & 127U} << shift;
      if (shift == 63 && byte > 1) {
        return fail(name, "passes 64 bits", at);
      }
      if (byte < 128) {
        if (byte == 0 && shift > 0) {
          return fail(name, "has a superfluous digit", at);
        }
        break;
      }
    }
    if (value < least || value > most) {
      return fail(name,
                  std::to_string(value) + " is not between " + std::to_string(least) + " and " +
                      std::to_string(most),
                  at);
    }
    return value;
  }
  std::uint8_t small(std::string_view name, std::uint8_t least, std::uint8_t most) {
    const std::uint64_t at = reader_.offset();
    const std::uint8_t value = reader_.u8();
    if (value < least || value > most) {
      return static_cast<std::uint8_t>(fail(name,
                                            std::to_string(value) + " is not between " +
                                                std::to_string(least) + " and " +
                                                std::to_string(most),
                                            at));
    }
    return value;
  }
  Sha256 hash() {
    Sha256 value{};
    const Bytes bytes = reader_.take(value.size());
    std::ranges::copy(bytes, value.begin());
    return value;
  }
  ByteReader& reader() { return reader_; }
  // Nothing that was read may be used before this.
  Status status() {
    if (fault_) {
      return std::move(*fault_);
    }
    return reader_.status();
  }
  bool failed() { return fault_.has_value() || !reader_.status(); }

 private:
  std::uint64_t fail(std::string_view name, const std::string& why, std::uint64_t at) {
    if (!fault_ && reader_.status()) {
      fault_.emplace(Error(Code::corrupt, std::string(name) + " " + why).at(at));
    }
    return 0;
  }

  ByteReader reader_;
  std::optional<Error> fault_;
};

Result<Header> parse(Bytes bytes, const Limits& limits) {
  Fields fields(bytes);
  Header header;
  fields.reader().skip(magic.size());
  header.profile = fields.reader().u8();
  header.old_id.size = fields.number("old size", 0, most_file_size);
  header.new_id.size = fields.number("new size", 0, most_file_size);
  header.old_id.sha256 = fields.hash();
  header.new_id.sha256 = fields.hash();
  for (const auto& bound : Parameters::bounds) {
    header.parameters.*bound.field = fields.small(bound.name, bound.least, bound.most);
  }
  header.image = static_cast<ImageKind>(fields.small("image kind", 0, 2));
  header.cover_count =
      static_cast<std::uint32_t>(fields.number("number of covers", 0, header.new_id.size));
  header.map_length = fields.number("length of the map", 0, most_file_size);
  if (header.profile == fast_profile) {
    header.unpacked = fields.number("size of unpacked streams", 0, most_unpacked);
  }
  const std::uint64_t windows =
      fields.number("number of windows", header.new_id.size > 0 ? 1 : 0,
                    header.new_id.size > 0 ? most_windows(header.new_id.size) : 0);
  TRY(fields.status());
  if (header.new_id.size > limits.output) {
    return Error(Code::limit, "new size " + std::to_string(header.new_id.size) +
                                  " is above the permitted " + std::to_string(limits.output))
        .at(magic.size() + 1);
  }
  if (windows * sizeof(std::uint64_t) > limits.memory) {
    return Error(Code::limit, std::to_string(windows) + " windows are more than the permitted " +
                                  std::to_string(limits.memory) + " bytes of memory can hold")
        .at(fields.reader().offset());
  }
  header.window_lengths.reserve(static_cast<std::size_t>(windows));
  for (std::uint64_t i = 0; i < windows && !fields.failed(); ++i) {
    header.window_lengths.push_back(fields.number("length of a window", 0, most_file_size));
  }
  TRY(fields.status());
  const auto covered = static_cast<std::size_t>(fields.reader().offset());
  const Bytes checksum = fields.reader().take(checksum_length);
  TRY(fields.status());
  if (!std::ranges::equal(checksum, Bytes(sha256(bytes.first(covered))).first(checksum_length))) {
    return Error(Code::mismatch, "the header's checksum is wrong: the patch is damaged")
        .at(covered);
  }
  header.length = fields.reader().offset();
  return header;
}

}  // namespace

std::uint64_t Header::total() const {
  return std::accumulate(window_lengths.begin(), window_lengths.end(), length + map_length);
}

std::uint32_t Header::window_begin(std::size_t i) const {
  const std::uint64_t windows = window_lengths.size();
  const std::uint64_t each = (new_id.size + windows - 1) / windows;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(new_id.size, each * i));
}

std::vector<std::uint8_t> encode_header(const Header& header) {
  ByteWriter out;
  out.bytes(as_bytes(magic));
  out.u8(header.profile);
  put_number(out, header.old_id.size);
  put_number(out, header.new_id.size);
  out.bytes(header.old_id.sha256);
  out.bytes(header.new_id.sha256);
  for (const auto& bound : Parameters::bounds) {
    out.u8(header.parameters.*bound.field);
  }
  out.u8(static_cast<std::uint8_t>(header.image));
  put_number(out, header.cover_count);
  put_number(out, header.map_length);
  if (header.profile == fast_profile) {
    put_number(out, header.unpacked);
  }
  put_number(out, header.window_lengths.size());
  for (const std::uint64_t length : header.window_lengths) {
    put_number(out, length);
  }
  const Sha256 checksum = sha256(out.view());
  out.bytes(Bytes(checksum).first(checksum_length));
  return std::move(out).take();
}

Result<Header> read_header(const Source& patch, const Limits& limits) {
  // The window count is not known yet: first what fits in any case, then as much as is wanted.
  for (std::uint64_t most = most_fixed;; most *= 8) {
    const std::uint64_t size = std::min<std::uint64_t>(patch.size(), most);
    if (size > limits.memory) {
      return Error(Code::limit, "the header takes more than the permitted " +
                                    std::to_string(limits.memory) + " bytes of memory")
          .in("header");
    }
    TRY_ASSIGN(const auto bytes, read_all(SliceSource(patch, 0, size), size));
    auto header = parse(bytes, limits);
    if (!header && header.error().code() == Code::truncated && size < patch.size()) {
      continue;
    }
    if (!header) {
      return std::move(header).error().in("header");
    }
    if (header->total() > patch.size()) {
      return Error(Code::truncated, "the sections take " + std::to_string(header->total()) +
                                        " bytes, the patch has " + std::to_string(patch.size()))
          .at(patch.size());
    }
    return header;
  }
}

}  // namespace kerf::sliver
