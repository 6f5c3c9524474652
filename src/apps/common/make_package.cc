#include "apps/common/make_package.h"

#include <array>
#include <limits>

#include "apps/common/compare.h"
#include "io/hash_source.h"
#include "package/kerf/package.h"

namespace kerf::apps {

namespace {

constexpr std::uint64_t spool_memory = std::uint64_t{64} << 20;

// The last word before a package leaves the house: what users run, on the very bytes that will be
// renamed into place.
Status check_by_applying(Bytes from, Bytes to, const Source& file, const Limits& limits,
                         const MakeOptions& options) {
  TRY_ASSIGN(const package::Package made, package::Package::open(file, nullptr, limits));
  const MemorySource old_file(from);
  const MemorySource new_file(to);
  const std::array<const Source*, 1> sources{&old_file};
  ComparingSink compared(new_file, "new file");
  const auto workshop = recipe::temporary_workshop(spool_memory);
  TRY(made.apply(sources, compared, *workshop, limits, options.observer, options.threads));
  return compared.finish();
}

}  // namespace

Result<MadePackage> make_package(Bytes from, Bytes to, std::uint64_t device_memory,
                                 const MakeOptions& options, Output& out) {
  const plan::PackageOptions planning{.memory = options.memory,
                                      .threads = options.threads,
                                      .observer = options.observer,
                                      .profile = options.profile,
                                      .device_memory = device_memory};
  TRY_ASSIGN(const plan::Plan plan, plan::plan_package(from, to, planning));
  const Limits limits{std::numeric_limits<std::uint64_t>::max(), device_memory,
                      package::most_depth};
  TRY(package::write(plan.recipe, *plan.payload.source(), plan.decoding, options.key, limits, out));
  TRY_ASSIGN(const auto file, out.read_back());
  if (auto checked = check_by_applying(from, to, *file, limits, options); !checked) {
    if (checked.error().code() == Code::io || checked.error().code() == Code::cancelled) {
      return std::move(checked).error();
    }
    return Error(Code::bug, "the package was made but failed its check, so it was dropped (" +
                                checked.error().text() +
                                "); please report this with the two files");
  }
  MadePackage made;
  made.ids.old_id = plan.recipe.sources.front();
  made.ids.new_id = {to.size(), *plan.recipe.steps.back().sha256};
  made.streams = plan.streams;
  made.left = plan.left;
  made.parts = plan.parts;
  return made;
}

}  // namespace kerf::apps
