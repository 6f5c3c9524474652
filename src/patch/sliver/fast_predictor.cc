#include "patch/sliver/fast_predictor.h"

namespace kerf::sliver::fast {

namespace {

constexpr unsigned page_bits = 8;
constexpr uint64_t page_salt = uint64_t{1} << 63;
constexpr uint32_t once = 1;
constexpr uint32_t twice = 2;

uint64_t page_of(uint64_t target) {
  return target >> page_bits | page_salt;
}
uint64_t extended(uint32_t shift) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(shift)));
}

}  // namespace

Predictor::Predictor(Arena& arena, unsigned learned_bits, const refs::Image& image,
                     const refs::Destination& destination, const CoverMap& covers)
    : places_{image, destination, covers},
      mask_(image.address_mask()),
      learned_(arena.take<Entry>(size_t{1} << learned_bits)),
      index_shift_(64 - learned_bits) {
  for (size_t i = 0; learned_ != nullptr && i < size_t{1} << learned_bits; ++i) {
    learned_[i] = {0, 0};
  }
}

Guess Predictor::predict(const refs::Field& field, uint8_t* bytes, uint32_t new_position,
                         bool has_previous, uint64_t previous) {
  Guess guess;
  guess.base = places_.base_of(field, new_position, has_previous, previous);
  uint32_t check = 0;
  const Entry& own = entry(field.target, check);
  uint64_t target = 0;
  if (own.check == (check | twice)) {
    target = field.target + extended(own.shift);
    guess.known = true;
  } else if (const auto found = places_.map(field.target, target);
             found == CoverMap::Found::inside) {
    guess.known = true;
  } else if (own.check == (check | once)) {
    target = field.target + extended(own.shift);
    guess.known = true;
  } else {
    const Entry& page = entry(page_of(field.target), check);
    if ((page.check & ~uint32_t{3}) == check && page.check != 0) {
      target = field.target + extended(page.shift);
    } else if (found == CoverMap::Found::nowhere) {
      target = field.target + last_shift_[static_cast<unsigned>(field.kind)];
    }
  }
  guess.target = target & mask_;
  if (guess.target != field.target || guess.base != field.base) {
    refs::place(field.kind, bytes, guess.target, guess.base, bytes);
  }
  return guess;
}

void Predictor::remember(uint64_t target, uint64_t shift) {
  const auto low = static_cast<uint32_t>(shift);
  if (((extended(low) ^ shift) & mask_) != 0) {
    return;
  }
  uint32_t check = 0;
  Entry& own = entry(target, check);
  const bool again = (own.check & ~uint32_t{3}) == check && own.check != 0 && own.shift == low;
  own = {check | (again ? twice : once), low};
  Entry& page = entry(page_of(target), check);
  page = {check | once, low};
}

uint64_t Predictor::correct(const refs::Field& field, const Guess& guess,
                            const uint8_t* new_bytes) {
  uint64_t target = guess.target;
  if (refs::extract(field.kind, new_bytes, guess.base, guess.target, mask_, target)) {
    const uint64_t shift = target - field.target;
    last_shift_[static_cast<unsigned>(field.kind)] = shift;
    remember(field.target, shift);
  }
  return target;
}

}  // namespace kerf::sliver::fast
