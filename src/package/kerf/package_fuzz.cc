// Any bytes as a kerf package: no crash, nothing above the limits, nothing but the stated target.
// The input is a package, and once more a manifest whose checksum is made right, so that mutations
// get behind it.
#include <algorithm>
#include <cstdlib>

#include "package/kerf/format.h"
#include "package/kerf/package.h"

namespace {

using namespace kerf;

constexpr Limits limits{std::uint64_t{1} << 18, std::uint64_t{4} << 20, 8};

void exercise(Bytes file) {
  const MemorySource whole(file);
  const auto opened = package::Package::open(whole, nullptr, limits);
  if (!opened) {
    if (opened.error().code() == Code::bug) {
      std::abort();
    }
    return;
  }
  // The source that the corpus has been made for; packages for others are refused.
  const std::vector<std::uint8_t> text(2000, 'k');
  const MemorySource source(text);
  const Source* const sources[] = {&source};
  MemorySink made(limits.output);
  const auto workshop = recipe::temporary_workshop(limits.output * 4);
  const Status status = opened->apply(sources, made, *workshop, limits, nullptr, 1);
  if (status ? made.view().size() != opened->manifest().target.size
             : status.error().code() == Code::bug || status.error().code() == Code::io) {
    std::abort();
  }
}

// The input as manifest and payload of a package for `source`, whose length fields and checksum
// fit.
std::vector<std::uint8_t> wrapped(Bytes input) {
  const std::size_t manifest =
      input.empty() ? 0 : std::min<std::size_t>(input[0] * 4U, input.size());
  ByteWriter out;
  out.bytes(as_bytes(package::mark));
  out.le32(static_cast<std::uint32_t>(manifest));
  out.bytes(input.first(manifest));
  out.u8(package::unsigned_kind);
  const Sha256 hash = sha256(out.view());
  out.bytes(Bytes(hash).first(package::checksum_size));
  out.bytes(input.subspan(manifest));
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  exercise({data, size});
  exercise(wrapped({data, size}));
  return 0;
}
