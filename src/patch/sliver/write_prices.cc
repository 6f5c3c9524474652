#include <array>

#include "patch/sliver/write_prices.h"

namespace kerf::sliver {

namespace {

// All in 1/256 bit.
struct Flat {
  std::uint32_t equal_after_equal;
  std::uint32_t equal_after_different;
  std::uint32_t different_after_equal;
  std::uint32_t different_after_different;
  std::uint32_t recent_after_equal;
  std::uint32_t recent_after_different;
  std::uint32_t periodic;
  std::uint32_t equal_after_periodic;
  std::uint32_t literal;
  std::uint32_t piece;
};

constexpr CostModel expand(const Flat& flat) {
  CostModel model;
  model.difference[0].fill(flat.different_after_equal);
  model.difference[1].fill(flat.different_after_different);
  model.difference[0][0] = flat.equal_after_equal;
  model.difference[1][0] = flat.equal_after_different;
  model.recent_difference = {flat.recent_after_equal, flat.recent_after_different};
  model.periodic_difference = flat.periodic;
  model.equal_after_periodic = flat.equal_after_periodic;
  model.literal.fill(flat.literal);
  model.piece = flat.piece;
  return model;
}

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
