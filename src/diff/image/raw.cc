#include "diff/image/raw.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "diff/image/partition.h"
#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf {
namespace {

using refs::Field;
using refs::Image;
using refs::Kind;
using refs::Machine;
using refs::Scanner;

struct Candidate {
  Machine machine;
  Scanner scanner;
};
constexpr Candidate candidates[] = {
    {Machine::arm, Scanner::thumb},        {Machine::arm, Scanner::a32},
    {Machine::aarch64, Scanner::aarch64},  {Machine::xtensa, Scanner::xtensa},
    {Machine::xtensa, Scanner::xtensa_be}, {Machine::riscv32, Scanner::riscv},
    {Machine::riscv64, Scanner::riscv},
};

// Where an image is put whose place is not known: no number in it is likely to be an address.
constexpr std::uint64_t nowhere = 0;
constexpr std::uint64_t base_step = 256;                     // load addresses are multiples of this
constexpr std::size_t sampled_bytes = std::size_t{4} << 20;  // of large files, for the machine
constexpr std::uint32_t ram_block = 1u << 16;

bool is_call(Kind kind) {
  switch (kind) {
    case Kind::a64_call:
    case Kind::a32_call:
    case Kind::thumb_call:
    case Kind::xtensa_call:
    case Kind::xtensa_be_call:
    case Kind::riscv_jal:
    case Kind::riscv_call:
      return true;
    default:
      return false;
  }
}

template <typename Use>
void for_each_field(Bytes file, const Image& image, Use use) {
  const refs::Geometry geometry = refs::host_geometry;
  std::vector<Field> storage(geometry.capacity);
  refs::FieldList list{storage.data(), geometry.capacity, 0};
  const auto size = static_cast<std::uint32_t>(file.size());
  for (std::uint64_t from = 0; from < size; from += std::uint64_t{1} << geometry.chunk_bits) {
    const auto index = static_cast<std::uint32_t>(from >> geometry.chunk_bits);
    if (!refs::scan_chunk(image, geometry, index, size, {file.data(), 0, size}, list)) return;
    for (std::uint32_t i = 0; i < list.count; ++i) use(storage[i]);
  }
}

// How often each place is called, by offset.
std::unordered_map<std::uint64_t, unsigned> calls(Bytes file, const Candidate& candidate) {
  Image image;
  refs::describe_raw(candidate.machine, candidate.scanner, nowhere,
                     static_cast<std::uint32_t>(file.size()), 0, 0, image);
  std::unordered_map<std::uint64_t, unsigned> found;
  for_each_field(file, image, [&](const Field& field) {
    if (is_call(field.kind)) ++found[field.target - nowhere];
  });
  return found;
}

// Code calls the same places again and again; what is decoded wrongly calls a new one each time.
std::size_t repeated(const std::unordered_map<std::uint64_t, unsigned>& found) {
  std::size_t sum = 0;
  for (const auto& [target, count] : found) sum += count - 1;
  return sum;
}

std::optional<Candidate> vote_machine(Bytes file) {
  const Bytes sample = file.first(std::min(file.size(), sampled_bytes));
  const Candidate* best = nullptr;
  std::size_t most = std::max<std::size_t>(32, sample.size() / 1024);
  for (const Candidate& candidate : candidates) {
    const auto found = calls(sample, candidate);
    const std::size_t score = repeated(found);
    if (score > most && score > found.size() / 2) {
      most = score;
      best = &candidate;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

// Evenly spaced members, at most `most`.
void thin_out(std::vector<std::uint64_t>& values, std::size_t most) {
  if (values.size() <= most) return;
  for (std::size_t i = 0; i < most; ++i) values[i] = values[i * values.size() / most];
  values.resize(most);
}

// Where functions seem to start, by what they do first; and where texts start.
void add_starts(Bytes file, const Candidate& candidate, std::vector<std::uint64_t>& starts) {
  const auto is_prologue = [&](std::size_t at) {
    const std::uint32_t word = load_le32(file.data() + at);
    switch (candidate.scanner) {
      case Scanner::thumb:
        return (word & 0xff00) == 0xb500 || (word & 0xffff) == 0xe92d;  // PUSH with lr
      case Scanner::a32:
        return (word & 0xffff4000) == 0xe92d4000;  // likewise
      case Scanner::aarch64:
        return (word & 0xffc07fff) == 0xa9807bfd;  // STP x29, x30, [sp, #-n]!
      case Scanner::xtensa_be:
        return (word & 0xffff) == 0x106c;  // ENTRY a1
      default:
        return false;
    }
  };
  const std::size_t step = candidate.scanner == Scanner::thumb ? 2 : 4;
  for (std::size_t at = 0; at + 4 <= file.size(); at += step) {
    if (is_prologue(at)) starts.push_back(at);
  }
  constexpr std::size_t least_text = 5;
  std::size_t length = 0;
  for (std::size_t at = 0; at < file.size(); ++at) {
    const bool printable = (file[at] >= 0x20 && file[at] < 0x7f) || file[at] == '\n';
    if (!printable && file[at] == 0 && length >= least_text) starts.push_back(at - length);
    length = printable ? length + 1 : 0;
  }
}

// Words that code loads, where that is known.
std::vector<std::uint64_t> loaded_words(Bytes file, const Candidate& candidate) {
  std::vector<std::uint64_t> words;
  if (candidate.machine != Machine::arm) return words;
  Image open;
  refs::describe_raw(candidate.machine, candidate.scanner, nowhere,
                     static_cast<std::uint32_t>(file.size()), 0x1000, 0xfffff000, open);
  for_each_field(file, open, [&](const Field& field) {
    if (field.kind == Kind::absolute32 || field.kind == Kind::thumb_pointer) {
      words.push_back(field.target & ~std::uint64_t{candidate.scanner == Scanner::thumb});
    }
  });
  return words;
}

// All words that may be addresses: of functions, for T32.
std::vector<std::uint64_t> all_words(Bytes file, const Candidate& candidate, unsigned word_size) {
  std::vector<std::uint64_t> words;
  const bool thumb = candidate.scanner == Scanner::thumb;
  for (std::size_t at = 0; at + word_size <= file.size(); at += word_size) {
    std::uint64_t word = word_size == 8 ? load_le64(file.data() + at) : load_le32(file.data() + at);
    if (candidate.scanner == Scanner::xtensa_be) {
      word = __builtin_bswap32(static_cast<std::uint32_t>(word));
    }
    if (word >= 0x1000 && (word & 1) == (thumb ? 1 : 0)) words.push_back(word & ~std::uint64_t{1});
  }
  return words;
}

// Words that are addresses, minus offsets of things that have one: the true load address comes up
// more often than any other number.
std::optional<std::uint64_t> vote_base(Bytes file, const Candidate& candidate, unsigned word_size) {
  std::vector<std::uint64_t> targets;
  for (const auto& [target, count] : calls(file, candidate)) targets.push_back(target);
  // Small images have few functions whose address is taken: their texts help, and loads say which
  // words are addresses. In large ones all that would be more noise than help.
  constexpr std::size_t plenty = 2048;
  const bool large = targets.size() >= plenty;
  std::vector<std::uint64_t> words;
  if (!large) {
    add_starts(file, candidate, targets);
    words = loaded_words(file, candidate);
  }
  if (words.size() < 64) words = all_words(file, candidate, word_size);
  for (auto* values : {&targets, &words}) {
    std::sort(values->begin(), values->end());
    values->erase(std::unique(values->begin(), values->end()), values->end());
  }
  thin_out(targets, 4096);
  thin_out(words, 16384);
  std::unordered_map<std::uint64_t, unsigned> votes;
  for (const std::uint64_t word : words) {
    for (const std::uint64_t target : targets) {
      if (word >= target && (word - target) % base_step == 0) ++votes[word - target];
    }
  }
  std::uint64_t best = 0;
  unsigned most = 0;
  unsigned second = 0;
  for (const auto& [base, count] : votes) {
    if (count > most || (count == most && base < best)) {
      second = most;
      most = count;
      best = base;
    } else {
      second = std::max(second, count);
    }
  }
  if (most < 6 || most < second + second / 2) return std::nullopt;
  return best;
}

// The memory that literals point to outside the image: blocks that many of them name.
void add_ram(Bytes file, const Candidate& candidate, std::uint64_t base, Image& image) {
  if (candidate.machine != Machine::arm) return;
  constexpr std::uint64_t below_devices = 0x40000000;
  Image open;
  const auto size = static_cast<std::uint32_t>(file.size());
  refs::describe_raw(candidate.machine, candidate.scanner, base, size, 0x1000, below_devices, open);
  std::unordered_map<std::uint64_t, unsigned> blocks;
  for_each_field(file, open, [&](const Field& field) {
    const bool outside = field.target < base || field.target >= base + size;
    if (field.kind == Kind::absolute32 && outside && field.target >= ram_block) {
      ++blocks[field.target / ram_block];
    }
  });
  const unsigned enough = std::max(12u, size / 16384);
  std::vector<std::uint64_t> used;
  for (const auto& [block, count] : blocks) {
    if (count >= enough && block < below_devices / ram_block) used.push_back(block);
  }
  std::sort(used.begin(), used.end());
  constexpr std::uint8_t most_segments = 8;
  for (const std::uint64_t block : used) {
    refs::AddressMap& map = image.map;
    refs::Segment& last = map.segments[map.count - 1];
    if (last.file_size == 0 && last.address + last.memory_size == block * ram_block) {
      last.memory_size += ram_block;
    } else if (map.count < most_segments) {
      map.segments[map.count++] = {block * ram_block, ram_block, 0, 0, false};
    }
  }
}

}  // namespace

bool describe_raw_image(Bytes file, Image& image) {
  const auto candidate = vote_machine(file);
  if (!candidate) return false;
  const auto size = static_cast<std::uint32_t>(file.size());
  refs::describe_raw(candidate->machine, candidate->scanner, nowhere, size, 0, 0, image);
  const auto base = vote_base(file, *candidate, image.pointer_size);
  if (base) {
    refs::describe_raw(candidate->machine, candidate->scanner, *base, size, 0, 0, image);
    add_ram(file, *candidate, *base, image);
    partition_raw_image(file, image);
  }
  return refs::valid(image, size);
}

Image relocate_raw_image(Bytes file, const Image& old_image) {
  Image image = old_image;
  const auto size = static_cast<std::uint32_t>(file.size());
  const Candidate candidate{old_image.machine, old_image.regions[0].scanner};
  const std::uint64_t old_base = old_image.map.segments[0].address;
  const auto base =
      old_base == nowhere ? std::nullopt : vote_base(file, candidate, old_image.pointer_size);
  refs::describe_raw(candidate.machine, candidate.scanner, base.value_or(old_base), size, 0, 0,
                     image);
  for (unsigned i = 1; i < old_image.map.count; ++i) {
    image.map.segments[image.map.count++] = old_image.map.segments[i];
  }
  if (old_base != nowhere) partition_raw_image(file, image);
  return image;
}

}  // namespace kerf
