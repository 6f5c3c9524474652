#include "patch/bsdiff/prices.h"

#include <array>

namespace kerf::bsdiff {

namespace {

// bzip2's prices depend on its whole block, so that differences and literals are priced alike
// whatever their value: by-value statistics of one file mislead on the next.
constexpr std::array sets{
    // clang-format off
    expand({15, 640, 2816, 2048, 1024, 640, 384, 256, 1280, 15360}),
    expand({51, 384, 3072, 2048, 1024, 256, 1536, 384, 1280, 10240}),
    expand({51, 896, 2048, 1536, 1024, 640, 768, 128, 1280, 7680}),
    expand({51, 384, 3072, 2304, 1024, 640, 1536, 640, 1664, 10240}),
    expand({51, 640, 3072, 2048, 1024, 640, 1536, 640, 1280, 15360}),
    // clang-format on
};

}  // namespace

std::span<const CostModel> price_sets() {
  return sets;
}

}  // namespace kerf::bsdiff
