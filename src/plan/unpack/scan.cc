#include "plan/unpack/scan.h"

#include <algorithm>

#include "container/container.h"

namespace kerf::plan {

namespace {

// Smaller streams cost more to describe than they can save.
constexpr std::uint64_t least_packed = 32;
// Smaller files are no archives.
constexpr std::uint64_t least_container = 64;

std::string join(const std::string& archive, const std::string& entry) {
  if (archive.empty() || entry.empty()) {
    return archive + entry;
  }
  return archive + "!" + entry;
}

// Programs are listed by their sections, but patched as a whole.
bool is_program(const container::Container& container) {
  return container.name() == "elf" || container.name() == "esp32";
}

struct Task {
  Region region;
  unsigned depth;
};

class Scan {
 public:
  Scan(Bytes layer, const Limits& limits) : layer_(layer), limits_(limits) {}

  Result<Scanned> run(const std::vector<Region>& regions) {
    for (const Region& region : regions) {
      tasks_.push_back({region, 0});
      while (!tasks_.empty()) {
        const Task task = std::move(tasks_.back());
        tasks_.pop_back();
        TRY(look(task));
      }
    }
    std::ranges::sort(found_.candidates, {}, [](const Candidate& c) { return c.packed.offset; });
    return std::move(found_);
  }

 private:
  Status look(const Task& task) {
    const Region& region = task.region;
    std::optional<container::Listing> listing;
    if (task.depth < limits_.depth && region.extent.length >= least_container) {
      const MemorySource file(layer_.subspan(static_cast<std::size_t>(region.extent.offset),
                                             static_cast<std::size_t>(region.extent.length)));
      TRY_ASSIGN(listing, container::look_inside(file, limits_));
    }
    if (!listing || is_program(*listing->container)) {
      found_.members.push_back({region.path, {region.extent}, {}});
      return {};
    }
    for (container::Entry& entry : listing->entries) {
      take(task, entry);
    }
    return {};
  }

  void take(const Task& task, container::Entry& entry) {
    for (Extent& extent : entry.extents) {
      extent.offset += task.region.extent.offset;
    }
    const std::string path = join(task.region.path, entry.path);
    if (entry.extents.size() == 1 && entry.packed) {
      if (entry.size() >= least_packed) {
        found_.candidates.push_back({entry.extents.front(), *entry.packed, path});
      }
    } else if (entry.role == container::Role::content && !entry.packed) {
      if (entry.extents.size() == 1 && entry.holes.empty()) {
        tasks_.push_back({{entry.extents.front(), path}, task.depth + 1});
      } else {
        found_.members.push_back({path, std::move(entry.extents), std::move(entry.holes)});
      }
    }
  }

  Bytes layer_;
  const Limits& limits_;
  std::vector<Task> tasks_;
  Scanned found_;
};

}  // namespace

Result<Scanned> scan(Bytes layer, const std::vector<Region>& regions, const Limits& limits) {
  return Scan(layer, limits).run(regions);
}

}  // namespace kerf::plan
