#include "plan/carve.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/hash.h"

namespace kerf::plan {

namespace {

constexpr std::uint64_t least_program = 16384;
constexpr std::uint64_t most_program = std::uint64_t{1} << 30;
// Programs of one size that differ in fewer bytes: a patch of their own costs more than it saves.
constexpr std::size_t least_difference = 256;

Bytes part(Bytes content, std::uint64_t offset, std::uint64_t length) {
  return content.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

// Whether the section headers, which linkers put last, lie inside.
bool is_complete_program(Bytes file) {
  constexpr std::string_view magic =
      "\x7f"
      "ELF";
  if (file.size() < least_program ||
      !std::ranges::equal(file.first(magic.size()), as_bytes(magic)) || file[5] != 1) {
    return false;
  }
  const bool wide = file[4] == 2;
  const std::uint64_t begin = wide ? load_le64(&file[40]) : load_le32(&file[32]);
  const std::uint64_t length =
      std::uint64_t{load_le16(&file[wide ? 58 : 46])} * load_le16(&file[wide ? 60 : 48]);
  return Extent{begin, length}.within(file.size());
}

bool may_be_program(Bytes content, const Member& member) {
  if (member.size() < least_program ||
      content[static_cast<std::size_t>(member.extents.front().offset)] != 0x7F) {
    return false;
  }
  std::uint64_t end = 0;  // holes are hearsay: they may reach anywhere
  for (const Placed& placed : place(member)) {
    if (placed.offset < end || placed.offset > most_program) {
      return false;
    }
    end = placed.offset + placed.at.length;
  }
  return true;
}

std::string_view innermost(std::string_view path) {
  const auto at = path.rfind('!');
  return at == std::string_view::npos ? path : path.substr(at + 1);
}

bool hardly_differ(Bytes a, Bytes b) {
  if (a.size() != b.size()) {
    return false;
  }
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size() && different < least_difference; ++i) {
    different += a[i] != b[i] ? 1U : 0U;
  }
  return different < least_difference;
}

Sha256 hash_of(Bytes content, const Member& member) {
  Sha256Hasher hasher;
  for (const Extent& extent : member.extents) {
    hasher.update(part(content, extent.offset, extent.length));
  }
  return hasher.finish();
}

// Pairs of places that may begin equal runs.
struct Seed {
  std::uint64_t new_offset;
  std::uint64_t old_offset;
};

std::vector<Seed> find_seeds(const Unpacked& old_file, const Unpacked& new_file,
                             std::uint64_t step) {
  std::map<Sha256, const Member*> known;
  for (const Member& member : old_file.members) {
    known.emplace(hash_of(old_file.content(), member), &member);
  }
  std::vector<Seed> seeds;
  for (const Member& member : new_file.members) {
    const auto same = known.find(hash_of(new_file.content(), member));
    if (same == known.end() || same->second->extents.size() != member.extents.size()) {
      continue;
    }
    for (std::size_t i = 0; i < member.extents.size(); ++i) {
      if (member.extents[i].length == same->second->extents[i].length) {
        seeds.push_back({member.extents[i].offset, same->second->extents[i].offset});
      }
    }
  }
  const std::uint64_t common = std::min(old_file.content().size(), new_file.content().size());
  for (std::uint64_t at = 0; at < common; at += step) {
    seeds.push_back({at, at});
  }
  std::ranges::stable_sort(seeds, {}, &Seed::new_offset);
  return seeds;
}

std::uint64_t common_suffix(Bytes a, Bytes b) {
  const auto [left, right] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  (void)right;
  return static_cast<std::uint64_t>(left - a.rbegin());
}

}  // namespace

std::vector<ProgramPair> find_programs(const Unpacked& old_file, const Unpacked& new_file) {
  std::map<std::string_view, const Member*> by_path;
  std::map<std::string_view, const Member*> by_name;
  for (const Member& member : old_file.members) {
    if (may_be_program(old_file.content(), member)) {
      by_path.emplace(member.path, &member);
      by_name.emplace(innermost(member.path), &member);
    }
  }
  std::vector<ProgramPair> pairs;
  for (const Member& member : new_file.members) {
    if (!may_be_program(new_file.content(), member)) {
      continue;
    }
    auto found = by_path.find(member.path);
    if (found == by_path.end()) {
      found = by_name.find(innermost(member.path));
      if (found == by_name.end()) {
        continue;
      }
    }
    const auto old_bytes = file_of(old_file.content(), *found->second);
    const auto new_bytes = file_of(new_file.content(), member);
    if (is_complete_program(old_bytes) && is_complete_program(new_bytes) &&
        !hardly_differ(old_bytes, new_bytes)) {
      pairs.push_back({found->second, &member});
    }
  }
  std::ranges::sort(
      pairs, {}, [](const ProgramPair& pair) { return pair.new_member->extents.front().offset; });
  return pairs;
}

std::vector<Placed> place(const Member& member) {
  std::vector<Placed> placed;
  std::uint64_t offset = 0;
  auto hole = member.holes.begin();
  for (Extent left : member.extents) {
    while (left.length > 0) {
      for (; hole != member.holes.end() && hole->offset <= offset; ++hole) {
        offset += hole->length;
      }
      const std::uint64_t length =
          hole == member.holes.end() ? left.length : std::min(left.length, hole->offset - offset);
      placed.push_back({{left.offset, length}, offset});
      offset += length;
      left = {left.offset + length, left.length - length};
    }
  }
  return placed;
}

std::vector<std::uint8_t> file_of(Bytes content, const Member& member) {
  std::vector<std::uint8_t> file;
  for (const Placed& placed : place(member)) {
    file.resize(static_cast<std::size_t>(placed.offset));
    const Bytes run = part(content, placed.at.offset, placed.at.length);
    file.insert(file.end(), run.begin(), run.end());
  }
  return file;
}

std::vector<std::uint8_t> gather(Bytes content, const std::vector<Extent>& extents) {
  std::vector<std::uint8_t> bytes;
  for (const Extent& extent : extents) {
    const Bytes run = part(content, extent.offset, extent.length);
    bytes.insert(bytes.end(), run.begin(), run.end());
  }
  return bytes;
}

std::vector<EqualRun> find_equal_runs(const Unpacked& old_file, const Unpacked& new_file,
                                      std::uint64_t least) {
  const Bytes from = old_file.content();
  const Bytes to = new_file.content();
  std::vector<EqualRun> runs;
  std::uint64_t done = 0;  // of the new version
  for (const Seed& seed : find_seeds(old_file, new_file, least / 2)) {
    if (seed.new_offset < done) {
      continue;
    }
    const std::uint64_t back =
        common_suffix(part(to, done, seed.new_offset - done), part(from, 0, seed.old_offset));
    const std::uint64_t ahead =
        common_prefix(part(to, seed.new_offset, to.size() - seed.new_offset),
                      part(from, seed.old_offset, from.size() - seed.old_offset));
    if (back + ahead >= least) {
      runs.push_back({seed.old_offset - back, seed.new_offset - back, back + ahead});
      done = seed.new_offset + ahead;
    }
  }
  return runs;
}

std::vector<EqualRun> spare_programs(const std::vector<EqualRun>& runs,
                                     const std::vector<ProgramPair>& programs,
                                     std::uint64_t least) {
  std::map<std::uint64_t, std::uint64_t> taken;  // end by offset, in the new version
  for (const ProgramPair& program : programs) {
    for (const Extent& extent : program.new_member->extents) {
      taken[extent.offset] = extent.offset + extent.length;
    }
  }
  std::vector<EqualRun> spared;
  const auto add = [&](const EqualRun& run, std::uint64_t begin, std::uint64_t end) {
    if (end > begin && end - begin >= least) {
      spared.push_back({run.old_offset + (begin - run.new_offset), begin, end - begin});
    }
  };
  for (const EqualRun& run : runs) {
    const std::uint64_t end = run.new_offset + run.length;
    std::uint64_t done = run.new_offset;
    auto next = taken.upper_bound(done);
    if (next != taken.begin()) {
      --next;  // may reach into the run
    }
    for (; next != taken.end() && next->first < end; ++next) {
      add(run, done, std::min(next->first, end));
      done = std::max(done, next->second);
    }
    add(run, done, end);
  }
  return spared;
}

std::vector<Extent> outside(std::vector<Extent> parts, std::uint64_t size) {
  std::ranges::sort(parts, {}, &Extent::offset);
  std::vector<Extent> rest;
  std::uint64_t done = 0;
  for (const Extent& extent : parts) {
    if (extent.offset > done) {
      rest.push_back({done, extent.offset - done});
    }
    done = std::max(done, extent.offset + extent.length);
  }
  if (size > done) {
    rest.push_back({done, size - done});
  }
  return rest;
}

}  // namespace kerf::plan
