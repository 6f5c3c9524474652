#include "patch/sliver/write_prices.h"

#include <array>

namespace kerf::sliver {

namespace {

constexpr std::array sets{
    // clang-format off
    expand({15, 384, 2560, 1792, 1024, 512, 384, 256, 1280, 10240}),
    expand({30, 384, 2816, 2048, 1024, 512, 768, 256, 1280, 7680}),
    expand({15, 640, 2816, 2048, 1024, 640, 384, 256, 1408, 15360}),
    // clang-format on
};

}  // namespace

std::span<const CostModel> price_sets() {
  return sets;
}

}  // namespace kerf::sliver
