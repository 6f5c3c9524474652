// Any bytes as the text of a recipe and its payload: no crash, and a target that is what the recipe
// says or none. The first byte says how many of the following are the text.
#include <algorithm>
#include <cstdlib>

#include "recipe/run.h"

namespace {

using namespace kerf;

constexpr Limits limits{std::uint64_t{1} << 16, std::uint64_t{1} << 20, 8};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const std::size_t length = input.empty() ? 0 : std::min<std::size_t>(input[0], size);
  static const std::vector<std::uint8_t> text = [] {
    std::vector<std::uint8_t> made(3000);
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<std::uint8_t>(i * i >> 4);
    }
    return made;
  }();
  const MemorySource source(text);
  const BlobId target{1000, sha256(Bytes(text).first(1000))};
  const auto read =
      recipe::parse(input.first(length), {{text.size(), sha256(text)}}, target, limits);
  if (!read) {
    if (read.error().code() == Code::bug) {
      std::abort();
    }
    return 0;
  }
  const Source* const sources[] = {&source};
  const MemorySource payload(input.subspan(length));
  MemorySink made(limits.output);
  const auto workshop = recipe::temporary_workshop(std::uint64_t{1} << 24);
  const Status status = recipe::run(*read, sources, payload, made, *workshop, {limits});
  if (status ? sha256(made.view()) != target.sha256
             : status.error().code() == Code::bug || status.error().code() == Code::io) {
    std::abort();
  }
  return 0;
}
