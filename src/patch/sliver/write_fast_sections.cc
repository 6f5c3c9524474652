#include "patch/sliver/write_fast_sections.h"

#include <algorithm>
#include <optional>

#include "base/varint.h"
#include "codec/zstd/pack.h"
#include "mcu/cm/number_model.h"
#include "patch/sliver/fast_format.h"
#include "patch/sliver/owned_arena.h"
#include "patch/sliver/read_fast.h"
#include "patch/sliver/windows.h"

namespace kerf::sliver::fast {

namespace {

using Vector = std::vector<std::uint8_t>;

constexpr int level = 19;
constexpr int trial_level = 5;
// Equal runs from here on are copied without a look at their fields: a few bytes of patch buy the
// decoder's speed. Some bytes at either end stay with the fields that may reach over them.
constexpr std::size_t least_still = 512;
constexpr std::size_t still_margin = 8;

struct Numbers {
  Vector heads;
  Vector tails;

  void put(std::uint32_t value) {
    if (value <= most_short) {
      heads.push_back(static_cast<std::uint8_t>(value));
      return;
    }
    const std::size_t before = tails.size();
    for (; value > 0; value >>= 8) {
      tails.push_back(static_cast<std::uint8_t>(value));
    }
    heads.push_back(static_cast<std::uint8_t>(most_short + (tails.size() - before)));
  }
};

// Of a stream: what the table says of it, and its bytes.
struct Packed {
  std::size_t plain = 0;
  bool is_frame = false;
  Vector bytes;
};

Result<Packed> pack(Vector plain, int how) {
  Packed made;
  made.plain = plain.size();
  TRY_ASSIGN(Vector frame, zstd_pack(plain, how));
  made.is_frame = frame.size() < plain.size();
  made.bytes = made.is_frame ? std::move(frame) : std::move(plain);
  return made;
}

// A group of streams; the last bytes of the table and all stored ones count.
struct Group {
  std::vector<Packed> streams;

  Status add(Vector plain, int how) {
    TRY_ASSIGN(Packed made, pack(std::move(plain), how));
    streams.push_back(std::move(made));
    return {};
  }
  std::size_t size() const {
    std::size_t sum = 0;
    for (const Packed& stream : streams) {
      sum += stream.bytes.size() + (stream.plain > 0 ? 4 : 1);
    }
    return sum;
  }
};

Section join(std::span<const Group> groups) {
  ByteWriter out;
  Section section;
  for (const Group& group : groups) {
    for (const Packed& stream : group.streams) {
      write_varint(stream.plain, out);
      if (stream.plain > 0) {
        write_varint(stream.is_frame ? stream.bytes.size() : 0, out);
      }
      section.unpacked += stream.plain;
    }
  }
  for (const Group& group : groups) {
    for (const Packed& stream : group.streams) {
      out.bytes(stream.bytes);
    }
  }
  section.bytes = std::move(out).take();
  return section;
}

// The covered bytes of a window, in the order in which they are walked.
class Covered {
 public:
  Covered(const Scene& scene, Bytes from, Bytes wanted, std::uint32_t begin)
      : scene_(scene), from_(from), wanted_(wanted), begin_(begin) {}

  // Lengths of what is looked at and of what is copied, in turn.
  std::vector<std::uint32_t> spans() {
    const std::uint32_t end = begin_ + static_cast<std::uint32_t>(wanted_.size());
    for (std::uint32_t i = scene_.first_cover(begin_);
         i < scene_.cover_count && scene_.covers[i].to < end; ++i) {
      const Cover& cover = scene_.covers[i];
      const std::uint32_t start = std::max(cover.to, begin_);
      const std::uint32_t stop = std::min(cover.to + cover.length, end);
      cut(from_.subspan(cover.from + (start - cover.to), stop - start),
          wanted_.subspan(start - begin_, stop - start));
    }
    if (busy_ > 0) {
      spans_.push_back(busy_);
    }
    return std::move(spans_);
  }

 private:
  void cut(Bytes old_bytes, Bytes new_bytes) {
    std::size_t done = 0;
    for (std::size_t at = 0; at < old_bytes.size();) {
      const std::size_t run = common_prefix(old_bytes.subspan(at), new_bytes.subspan(at));
      if (run >= least_still) {
        const std::size_t start = at + still_margin;
        const std::size_t length = run - 2 * still_margin;
        busy_ += static_cast<std::uint32_t>(start - done);
        spans_.push_back(busy_);
        spans_.push_back(static_cast<std::uint32_t>(length));
        busy_ = 0;
        done = start + length;
      }
      at += run + 1;
    }
    busy_ += static_cast<std::uint32_t>(old_bytes.size() - done);
  }

  const Scene& scene_;
  Bytes from_;
  Bytes wanted_;
  std::uint32_t begin_;
  std::vector<std::uint32_t> spans_;
  std::uint32_t busy_ = 0;
};

// What a Walk asks for, as the new bytes have it; keeps all answers.
class Collector {
 public:
  Collector(Bytes wanted, std::uint32_t begin, std::span<const std::uint32_t> spans)
      : wanted_(wanted), begin_(begin), spans_(spans) {}

  std::uint32_t span() {
    const std::uint32_t length = spans_.front();
    spans_ = spans_.subspan(1);
    return length;
  }
  bool field(std::uint32_t position, std::uint8_t* bytes, unsigned width) {
    const std::uint8_t* right = &wanted_[position - begin_];
    if (std::equal(right, right + width, bytes)) {
      ++hits_;
      return true;
    }
    runs.put(hits_);
    hits_ = 0;
    for (unsigned i = 0; i < width; ++i) {
      foretold.push_back(bytes[i]);
      field_bytes.push_back(right[i]);
      places.push_back(static_cast<std::uint8_t>(i));
      bytes[i] = right[i];
    }
    return false;
  }
  void plain(std::uint32_t position, std::uint8_t* bytes, std::uint32_t size) {
    const Bytes right = wanted_.subspan(position - begin_, size);
    old_plain.insert(old_plain.end(), bytes, bytes + size);
    new_plain.insert(new_plain.end(), right.begin(), right.end());
    std::ranges::copy(right, bytes);
  }
  void literals(std::uint32_t position, std::uint8_t* bytes, std::uint32_t size) {
    const Bytes right = wanted_.subspan(position - begin_, size);
    literal_bytes.insert(literal_bytes.end(), right.begin(), right.end());
    std::ranges::copy(right, bytes);
  }
  bool failed() const { return false; }

  Numbers runs;
  Vector foretold, field_bytes, places;  // of fields that are not as foretold
  Vector old_plain, new_plain;
  Vector literal_bytes;

 private:
  Bytes wanted_;
  std::uint32_t begin_;
  std::span<const std::uint32_t> spans_;
  std::uint32_t hits_ = 0;
};

// Bytes in streams by their place, or all in the first.
std::array<Vector, planes> in_planes(Bytes bytes, Bytes places, bool apart) {
  std::array<Vector, planes> made;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    made[apart ? places[i] & (planes - 1) : 0].push_back(bytes[i]);
  }
  return made;
}

// Values, as they are or as differences, together or in planes: the way that packs best.
struct Values {
  bool differences = false;
  bool apart = false;
  Group group;
};

Result<Values> best_values(Bytes expected, Bytes right, Bytes places) {
  Vector differences(right.size());
  for (std::size_t i = 0; i < right.size(); ++i) {
    differences[i] = static_cast<std::uint8_t>(right[i] - expected[i]);
  }
  Values best;
  std::size_t smallest = 0;
  for (const int how : {trial_level, level}) {
    for (const bool as_differences : {false, true}) {
      for (const bool apart : {false, true}) {
        if (how == level && (as_differences != best.differences || apart != best.apart)) {
          continue;
        }
        Group group;
        for (Vector& plane :
             in_planes(as_differences ? Bytes(differences) : right, places, apart)) {
          TRY(group.add(std::move(plane), how));
        }
        if (how == level || smallest == 0 || group.size() < smallest) {
          smallest = group.size();
          best.differences = as_differences;
          best.apart = apart;
          best.group = std::move(group);
        }
      }
    }
  }
  return best;
}

// Plain bytes in units of 2^bits: where they differ, and what stands there.
struct Changes {
  Numbers gaps;
  Numbers lengths;
  Vector expected, right, places;

  Changes(Bytes before, Bytes after, unsigned bits) {
    const std::size_t unit = std::size_t{1} << bits;
    const auto equal = [&](std::size_t at) {
      const std::size_t size = std::min(unit, before.size() - at);
      return std::ranges::equal(before.subspan(at, size), after.subspan(at, size));
    };
    std::size_t done = 0;
    for (std::size_t at = 0; at < before.size();) {
      if (equal(at)) {
        // On to the first difference.
        at += common_prefix(before.subspan(at), after.subspan(at)) / unit * unit;
        if (at >= before.size() || equal(at)) {
          break;
        }
      }
      const std::size_t start = at;
      while (at < before.size() && !equal(at)) {
        at += unit;
      }
      gaps.put(static_cast<std::uint32_t>((start - done) >> bits));
      lengths.put(static_cast<std::uint32_t>(((at - start) >> bits) - 1));
      done = at;
      for (std::size_t i = start; i < std::min(at, before.size()); ++i) {
        expected.push_back(before[i]);
        right.push_back(after[i]);
        places.push_back(static_cast<std::uint8_t>(i - start));
      }
    }
  }
};

}  // namespace

Result<Section> encode_covers(std::span<const Cover> covers) {
  Numbers gaps;
  Numbers moves;
  Numbers lengths;
  Cover last;
  for (const Cover& cover : covers) {
    gaps.put(cover.to - (last.to + last.length));
    moves.put(fold_sign(cover.from - (last.from + last.length)));
    lengths.put(cover.length - 1);
    last = cover;
  }
  Group group;
  for (Numbers* numbers : {&gaps, &moves, &lengths}) {
    TRY(group.add(std::move(numbers->heads), level));
    TRY(group.add(std::move(numbers->tails), level));
  }
  return join({&group, 1});
}

Result<Section> encode_window(const Scene& scene, Bytes from, Bytes wanted, std::uint32_t begin) {
  const auto cuts = Covered(scene, from, wanted, begin).spans();
  Collector collector(wanted, begin, cuts);
  {
    const OwnedArena memory(static_cast<std::size_t>(walk_memory(scene)));
    Arena arena = memory.arena();
    const MemorySource old_file(from);
    OldReader reader(old_file);
    Vector made(wanted.size());
    Walk walk(arena, scene, reader.reader());
    if (!walk.run(collector, made.data(), begin,
                  begin + static_cast<std::uint32_t>(wanted.size()))) {
      return Error(Code::bug, "a window of the old file could not be scanned");
    }
  }
  Layout layout;
  TRY_ASSIGN(Values field_values,
             best_values(collector.foretold, collector.field_bytes, collector.places));
  layout.field_differences = field_values.differences;
  layout.field_planes = field_values.apart;
  std::optional<Values> plain_values;
  Group positions;
  for (unsigned bits = 0; bits <= Layout::most_unit_bits; ++bits) {
    Changes changes(collector.old_plain, collector.new_plain, bits);
    Group group;
    for (Numbers* numbers : {&changes.gaps, &changes.lengths}) {
      TRY(group.add(std::move(numbers->heads), level));
      TRY(group.add(std::move(numbers->tails), level));
    }
    TRY_ASSIGN(Values values, best_values(changes.expected, changes.right, changes.places));
    if (!plain_values ||
        group.size() + values.group.size() < positions.size() + plain_values->group.size()) {
      layout.unit_bits = bits;
      layout.plain_differences = values.differences;
      layout.plain_planes = values.apart;
      plain_values.emplace(std::move(values));
      positions = std::move(group);
    }
  }
  Numbers spans;
  for (const std::uint32_t length : cuts) {
    spans.put(length);
  }
  Group first;
  for (Numbers* numbers : {&spans, &collector.runs}) {
    TRY(first.add(std::move(numbers->heads), level));
    TRY(first.add(std::move(numbers->tails), level));
  }
  Group last;
  TRY(last.add(std::move(collector.literal_bytes), level));
  const std::array<Group, 5> groups{std::move(first), std::move(positions),
                                    std::move(field_values.group), std::move(plain_values->group),
                                    std::move(last)};
  Section section = join(groups);
  section.bytes.insert(section.bytes.begin(), layout.encode());
  return section;
}

}  // namespace kerf::sliver::fast
