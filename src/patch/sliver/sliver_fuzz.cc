// Structure-aware: the bytes become parameters, the map and the windows of a patch whose header is
// always valid, and then once more a whole patch. No crash, no more output than declared, no memory
// above the limit, and info() takes whatever apply() takes.
#include <cstdlib>

#include "patch/sliver/header.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"

namespace {

using namespace kerf;

constexpr Limits limits{std::uint64_t{1} << 16, std::uint64_t{4} << 20, 1};

void exercise(Bytes patch, Bytes old) {
  MemorySink sink(limits.output);  // fails past it, which the reader must not let happen
  const auto applied =
      sliver::reader().apply(MemorySource(old), MemorySource(patch), sink,
                             {.limits = limits, .old_sha256 = {}, .new_sha256 = {}});
  const auto info = sliver::reader().info(MemorySource(patch), limits);
  if (applied ? !info || info->new_size != sink.view().size()
              : applied.error().code() == Code::bug || applied.error().code() == Code::io) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> program = sliver::test_program::make(40, 0);
  const Bytes input(data, size);
  exercise(input, program);
  ByteReader reader(input);
  sliver::Header header;
  header.old_id = {program.size(), sha256(program)};
  header.new_id.size = reader.le16();
  header.image = static_cast<sliver::ImageKind>(reader.u8() % 3);
  for (const auto& bound : sliver::Parameters::bounds) {
    // Small tables, so that many inputs can be tried.
    const unsigned span = std::min<unsigned>(bound.most - bound.least + 1U, 6);
    header.parameters.*bound.field = static_cast<std::uint8_t>(bound.least + reader.u8() % span);
  }
  const std::uint8_t profile = reader.u8();
  header.profile = profile % 2 == 0 ? sliver::fast_profile : std::uint8_t{0};
  header.unpacked = std::uint64_t{profile} * 64;
  header.cover_count = reader.u8();
  header.map_length = reader.u8();
  const Bytes rest = reader.take(reader.remaining());
  header.map_length = std::min<std::uint64_t>(header.map_length, rest.size());
  if (header.new_id.size > 0) {
    header.window_lengths = {rest.size() - header.map_length};
  } else {
    header.map_length = rest.size();
  }
  auto patch = sliver::encode_header(header);
  patch.insert(patch.end(), rest.begin(), rest.end());
  exercise(patch, program);
  return 0;
}
