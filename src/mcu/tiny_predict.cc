#include "mcu/tiny_predict.h"

namespace kerf::mcu {
namespace {

constexpr uint8_t first_scores[source_count] = {170, 150, 75, 80, 60, 120};
constexpr uint32_t target_salt = 0;
constexpr uint32_t page_salt = 0x0ddba115;
constexpr unsigned page_bits = 8;

unsigned class_of(refs::Kind kind) {
  const auto number = static_cast<unsigned>(kind);
  return number < 32 ? number & 15 : 16 | (number & 15);
}

// Calls and far jumps; branches within a function; data; the rest.
uint8_t group_of(refs::Kind kind) {
  using refs::Kind;
  if (static_cast<unsigned>(kind) < 24) return 2;
  switch (kind) {
    case Kind::a64_call:
    case Kind::a32_call:
    case Kind::thumb_call:
    case Kind::thumb_jump:
    case Kind::xtensa_call:
    case Kind::riscv_jal:
    case Kind::riscv_call:
    case Kind::x86_call:
      return 0;
    case Kind::thumb_literal8:
    case Kind::thumb_literal12:
    case Kind::a32_literal:
    case Kind::xtensa_l32r:
    case Kind::a64_page:
    case Kind::a64_add:
    case Kind::riscv_hi20:
    case Kind::riscv_lo12i:
    case Kind::riscv_lo12s:
      return 3;
    default:
      return 1;
  }
}

uint32_t hash(uint64_t key, uint32_t salt) {
  uint32_t h =
      (static_cast<uint32_t>(key) ^ salt ^ static_cast<uint32_t>(key >> 32) * 0x85ebca6bu) *
      0x9e3779b1u;
  h ^= h >> 15;
  h *= 0xc2b2ae35u;
  return h ^ h >> 13;
}

uint64_t widened(uint32_t shift) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(shift)));
}

bool equal(const uint8_t* a, const uint8_t* b, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

void Predictor::reset() {
  for (unsigned i = 0; i < learned_entries; ++i) {
    checks[i] = 0;
    shifts[i] = 0;
  }
  for (unsigned i = 0; i < class_count; ++i) {
    last_shifts[i] = 0;
    for (unsigned j = 0; j < source_count; ++j) scores[i][j] = first_scores[j];
  }
  before = 0;
  has_before = false;
}

bool Predictor::recall(uint64_t key, uint32_t salt, uint32_t& shift) const {
  const uint32_t h = hash(key, salt);
  if (checks[h % learned_entries] != (h >> 16 | 1)) return false;
  shift = shifts[h % learned_entries];
  return true;
}

void Predictor::remember(uint64_t key, uint32_t salt, uint32_t shift) {
  const uint32_t h = hash(key, salt);
  checks[h % learned_entries] = static_cast<uint16_t>(h >> 16 | 1);
  shifts[h % learned_entries] = shift;
}

bool Predictor::map(const TinyImage& image, uint64_t old_address, uint64_t& new_address) {
  uint32_t old_offset;
  uint32_t new_offset;
  return image.view().map.offset_of(old_address, old_offset) &&
         image.shift_of(old_offset, new_offset) && image.new_address_of(new_offset, new_address);
}

uint64_t Predictor::base_of(const TinyImage& image, const refs::Field& field,
                            uint32_t new_position) const {
  uint64_t address = 0;
  uint64_t old_address = 0;
  switch (field.anchor) {
    case refs::Anchor::none:
      return 0;
    case refs::Anchor::self:
      if (image.view().map.address_of(field.position, old_address) &&
          image.new_address_of(new_position, address)) {
        return (address + (field.base - old_address)) & image.address_mask();
      }
      return field.base;
    case refs::Anchor::previous:
      if (has_before) return before;
      break;
    default:
      break;
  }
  return map(image, field.base, address) ? address : field.base;
}

void Predictor::predict(const TinyImage& image, const refs::Field& field, const uint8_t* old_bytes,
                        uint32_t new_position, Guess& guess) const {
  const uint64_t mask = image.address_mask();
  const uint64_t target = field.target;
  const uint8_t* score = scores[class_of(field.kind)];
  guess.base = base_of(image, field, new_position);
  guess.guesses[same] = target;
  guess.guesses[last] = (target + widened(last_shifts[class_of(field.kind)])) & mask;
  guess.guesses[own] = (target + (guess.base - field.base)) & mask;
  guess.known = 1u << same | 1u << last | 1u << own;
  uint32_t shift;
  if (recall(target, target_salt, shift)) {
    guess.guesses[learned] = (target + widened(shift)) & mask;
    guess.known |= 1u << learned;
  }
  if (map(image, target, guess.guesses[mapped])) {
    guess.guesses[mapped] &= mask;
    guess.known |= 1u << mapped;
  }
  if (recall(target >> page_bits, page_salt, shift)) {
    guess.guesses[page] = (target + widened(shift)) & mask;
    guess.known |= 1u << page;
  }

  guess.count = 0;
  unsigned agreement = 0;
  unsigned first_score = 0;
  unsigned second_score = 0;
  for (uint8_t left = guess.known; left != 0 && guess.count < 2;) {
    unsigned best = source_count;
    for (unsigned i = 0; i < source_count; ++i) {
      if ((left >> i & 1) != 0 && (best == source_count || score[i] > score[best])) best = i;
    }
    uint8_t* bytes = guess.bytes[guess.count];
    refs::place(field.kind, old_bytes, guess.guesses[best], guess.base, bytes);
    for (unsigned i = 0; i < source_count; ++i) {
      if ((left >> i & 1) != 0 && guess.guesses[i] == guess.guesses[best]) {
        left = static_cast<uint8_t>(left & ~(1u << i));
        if (guess.count == 0) ++agreement;
      }
    }
    if (guess.count == 1 && equal(bytes, guess.bytes[0], field.width)) continue;
    (guess.count == 0 ? first_score : second_score) = score[best];
    guess.target[guess.count++] = guess.guesses[best];
  }
  const bool changed = !equal(guess.bytes[0], old_bytes, field.width);
  const unsigned alone = agreement > 3 ? 3 : agreement - 1;
  guess.context = static_cast<uint8_t>((first_score >> 6) << 3 |
                                       (guess.count == 1 ? 3
                                        : alone > 2      ? 2
                                                         : alone)
                                           << 1 |
                                       (changed ? 1 : 0));
  guess.of_second = static_cast<uint8_t>(second_score >> 6);
  guess.group = group_of(field.kind);
}

void Predictor::learn(const TinyImage& image, const refs::Field& field, const Guess& guess,
                      const uint8_t* new_bytes) {
  uint64_t target = guess.target[0];
  has_before = true;
  before = target;
  if (!refs::extract(field.kind, new_bytes, guess.base, guess.target[0], image.address_mask(),
                     target)) {
    return;
  }
  before = target;
  uint8_t* score = scores[class_of(field.kind)];
  for (unsigned i = 0; i < source_count; ++i) {
    if ((guess.known >> i & 1) == 0) continue;
    if (guess.guesses[i] == target) {
      score[i] = static_cast<uint8_t>(score[i] + (255 - score[i] + 15) / 16);
    } else {
      score[i] = static_cast<uint8_t>(score[i] - (score[i] + 15) / 16);
    }
  }
  const auto shift = static_cast<uint32_t>(target - field.target);
  last_shifts[class_of(field.kind)] = shift;
  // What the map knows need not be learned.
  const bool by_map = (guess.known >> mapped & 1) != 0 && guess.guesses[mapped] == target;
  const bool stale = (guess.known >> learned & 1) != 0 && guess.guesses[learned] != target;
  if (!by_map || stale) remember(field.target, target_salt, shift);
  const bool old_page = (guess.known >> page & 1) != 0 && guess.guesses[page] != target;
  if (!by_map || old_page) remember(field.target >> page_bits, page_salt, shift);
}

unsigned unit_of(refs::Kind kind) {
  const auto number = static_cast<unsigned>(kind);
  if (kind == refs::Kind::xtensa_call || kind == refs::Kind::xtensa_l32r ||
      kind == refs::Kind::thumb_literal8 || (number >= 32 && number < 36) ||
      kind == refs::Kind::a32_call || kind == refs::Kind::a32_jump) {
    return 2;
  }
  return number >= 64 && number < 73 ? 1 : 0;
}

}  // namespace kerf::mcu
