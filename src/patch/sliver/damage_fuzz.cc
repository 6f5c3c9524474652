// Structure-aware: the input describes two versions and a script; the writer makes a patch, which
// must apply; then single bytes of its sections, or of its header, are damaged, a header's checksum
// made right again, and the reader must refuse it or make something of the size that it states. For
// all profiles but those with large models, which are the same code as `small`.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "diff/image/describe.h"
#include "mcu/kerf_mcu.h"
#include "mcu/tiny_format.h"
#include "patch/sliver/header.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"

namespace {

using namespace kerf;
using Vector = std::vector<std::uint8_t>;

constexpr Limits limits{std::uint64_t{1} << 16, std::uint64_t{8} << 20, 1};

// New bytes from pieces of old ones, changed here and there, and bytes of the input.
Vector make_new(Bytes old, ByteReader& input, Script& script) {
  Vector made;
  for (unsigned pieces = 1 + input.u8() % 24; pieces > 0 && input.remaining() > 0; --pieces) {
    const unsigned length = 1 + input.u8() * 4U;
    const unsigned changes = input.u8() % 8;
    if (changes == 7) {
      const Bytes literal = input.take(std::min<std::size_t>(length % 40 + 1, input.remaining()));
      if (!literal.empty()) {
        made.insert(made.end(), literal.begin(), literal.end());
        script.emplace_back(Add{literal.size()});
      }
      continue;
    }
    const std::size_t from = (input.le16() * 4U) % (old.size() - length);
    made.insert(made.end(), old.begin() + static_cast<std::ptrdiff_t>(from),
                old.begin() + static_cast<std::ptrdiff_t>(from + length));
    for (unsigned i = 0; i < changes; ++i) {
      made[made.size() - 1 - input.le16() % length] ^= input.u8();
    }
    script.emplace_back(Copy{from, length});
  }
  return made;
}

Result<Vector> patched(Bytes old, Bytes patch) {
  MemorySink made(limits.output);  // fails past it, which the reader must not let happen
  TRY(sliver::reader().apply(MemorySource(old), MemorySource(patch), made,
                             {.limits = limits, .old_sha256 = {}, .new_sha256 = {}}));
  return std::move(made).take();
}

// What a device makes of a patch of profile small; it and the host must agree.
void compare_with_device(const Vector& old, const Vector& patch, const Result<Vector>& host) {
  struct Device {
    const Vector& old;
    const Vector& patch;
    Vector made;
  } device{old, patch, {}};
  kerf_small_port port{};
  port.context = &device;
  port.accept = [](void*, const kerf_small_info* info) {
    return info->new_size <= limits.output ? 1 : 0;
  };
  // at() throws, and so ends the run, where a decoder leaves its files.
  port.read_patch = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    const Vector& file = static_cast<Device*>(self)->patch;
    (void)file.at(std::size_t{offset} + size - 1);
    std::copy_n(file.begin() + offset, size, out);
    return 1;
  };
  port.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    const Vector& file = static_cast<Device*>(self)->old;
    (void)file.at(std::size_t{offset} + size - 1);
    std::copy_n(file.begin() + offset, size, out);
    return 1;
  };
  port.write_new = [](void* self, std::uint32_t, const std::uint8_t* bytes, std::uint32_t size) {
    Vector& made = static_cast<Device*>(self)->made;
    made.insert(made.end(), bytes, bytes + size);
    return made.size() <= limits.output ? 1 : 0;
  };
  static kerf_small state;
  const auto status = kerf_small_apply(&state, &port, static_cast<std::uint32_t>(patch.size()));
  // A device does not look at the old file's hash: that is the port's part.
  if (status == KERF_SMALL_DONE ? host && *host != device.made
                                : host && status != KERF_SMALL_MEMORY) {
    std::abort();
  }
}

// Where the header ends, its checksum included; 0 for profile tiny, whose decoder knows it alone.
std::size_t header_length(Bytes patch) {
  const auto header = sliver::read_header(MemorySource(patch), limits);
  return header && header->profile != mcu::tiny_profile ? static_cast<std::size_t>(header->length)
                                                        : 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Vector old = sliver::test_program::make(60, 0);
  static constexpr std::array<std::string_view, 3> profiles{"fast", "small", "tiny"};
  ByteReader input(Bytes(data, size));
  WriteOptions options;
  options.profile = profiles[input.u8() % profiles.size()];
  const bool predicts = input.u8() % 4 != 0;
  Script script;
  const Vector fresh = make_new(old, input, script);
  Description description;
  ImagePair images;
  if (predicts && describe_image(old, description)) {
    images = {description.image, describe_new_version(fresh, description), description.by_headers};
    options.images = &images;
  }
  MemorySink sink(limits.output);
  if (!sliver::writer().write(old, fresh, script, sink, options)) {
    std::abort();
  }
  Vector patch = std::move(sink).take();
  const auto made = patched(old, patch);
  if (!made || *made != fresh) {
    std::abort();
  }
  const std::size_t header = header_length(patch);
  for (unsigned faults = 1 + input.u8() % 4; faults > 0 && input.remaining() > 2; --faults) {
    patch[input.le16() % patch.size()] ^= input.u8();
  }
  if (header > 4) {
    const Sha256 checksum = sha256(Bytes(patch).first(header - 4));
    std::copy_n(checksum.begin(), 4, patch.begin() + static_cast<std::ptrdiff_t>(header - 4));
  }
  const auto other = patched(old, patch);
  if (!other && (other.error().code() == Code::bug || other.error().code() == Code::io)) {
    std::abort();
  }
  if (options.profile == "small") {
    compare_with_device(old, patch, other);
  }
  const auto info = sliver::reader().info(MemorySource(patch), limits);
  if (other && (!info || info->new_size != other->size())) {
    std::abort();
  }
  return 0;
}
