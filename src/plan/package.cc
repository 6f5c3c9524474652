#include "plan/package.h"

#include <algorithm>
#include <limits>

#include "io/copy.h"
#include "plan/choose.h"
#include "plan/lay_out.h"
#include "plan/unpack/scan.h"

namespace kerf::plan {

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
// Of lists of entries.
constexpr std::uint64_t scan_memory = std::uint64_t{1} << 30;
constexpr unsigned scan_depth = 8;
// Up to here a trial of the files as they are costs little.
constexpr std::uint64_t always_tried = std::uint64_t{8} << 20;

class Planner {
 public:
  Planner(Bytes from, Bytes to, const PackageOptions& options)
      : from_(from), to_(to), options_(options) {}

  Result<Plan> run() {
    const UnpackOptions unpacking{
        .limits = {no_limit, options_.device_memory, options_.most_layers_deep},
        .observer = options_.observer};
    TRY_ASSIGN(const UnpackedPair pair, unpack(from_, to_, unpacking));
    const bool packed = pair.new_file.layers.size() > 1 || pair.old_file.layers.size() > 1;
    Plan best;
    TRY_ASSIGN(best, unpacked(pair));
    if (packed && (to_.size() <= always_tried || best.payload.size() > to_.size() / 2)) {
      TRY_ASSIGN(Plan plain, whole());
      if (plain.payload.size() < best.payload.size() + recipe::serialise(best.recipe).size()) {
        best = std::move(plain);
      }
    }
    best.left = pair.new_file.left;
    return best;
  }

 private:
  Plan begin() const {
    Plan plan;
    plan.recipe.sources.push_back({from_.size(), sha256(from_)});
    return plan;
  }

  // Both files as they are.
  Result<Plan> whole() {
    Plan plan = begin();
    TRY(add_patch(from_, 0, {0, from_.size()}, to_, {"", "whole file", 0, 0}, plan));
    plan.recipe.steps.back().sha256 = sha256(to_);
    return plan;
  }

  Result<Plan> unpacked(const UnpackedPair& pair) {
    Plan plan = begin();
    plan.decoding = pair.old_file.decoding;
    for (const Layer& layer : pair.new_file.layers) {
      plan.streams += layer.streams.size();
    }
    const std::uint32_t base = lay_out_unpacking(pair.old_file, false, plan.recipe);
    const Bytes old_content = pair.old_file.content();
    const Bytes new_content = pair.new_file.content();
    TRY(add_patch(old_content, base, {0, old_content.size()}, new_content, {"", "rest", 0, 0},
                  plan));
    lay_out_packing(pair.new_file, plan.recipe);
    if (pair.new_file.layers.size() == 1) {
      plan.recipe.steps.back().sha256 = sha256(to_);
    }
    return plan;
  }

  // Appends a step that makes `content` of `range` of `value`, whose bytes are `old_content`.
  Status add_patch(Bytes old_content, std::uint32_t value, Extent range, Bytes content, Part part,
                   Plan& plan) const {
    TRY_ASSIGN(const PatchWriter* writer, find_writer("sliver"));
    const std::uint64_t before = plan.payload.size();
    TRY(write_smallest(old_content, content, exec_engine(), *writer,
                       {options_.memory, options_.threads, options_.observer, options_.profile},
                       plan.payload));
    recipe::Step step;
    step.size = content.size();
    step.patch = {
        recipe::PatchFormat::sliver, value, range, {before, plan.payload.size() - before}};
    plan.recipe.steps.push_back(std::move(step));
    part.size = content.size();
    part.patch = plan.payload.size() - before;
    plan.parts.push_back(std::move(part));
    return {};
  }

  Bytes from_;
  Bytes to_;
  const PackageOptions& options_;
};

}  // namespace

Result<bool> holds_packed(Bytes file) {
  TRY_ASSIGN(const Scanned found,
             scan(file, {{{0, file.size()}, {}}}, {no_limit, scan_memory, scan_depth}));
  return !found.candidates.empty();
}

Result<Plan> plan_package(Bytes from, Bytes to, const PackageOptions& options) {
  return Planner(from, to, options).run();
}

}  // namespace kerf::plan
