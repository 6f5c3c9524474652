#include "mcu/cm/predictor.h"

#include "model/counter.h"

namespace kerf::sliver {

namespace {

constexpr uint16_t first_scores[guess_count] = {2600, 2400, 1200, 1500, 600, 1000};
constexpr uint32_t target_salt = 0x51C0FFEE;
constexpr uint32_t page_salt = 0x0DDBA115;
constexpr unsigned page_bits = 8;

bool equal(const uint8_t* a, const uint8_t* b, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}

// 0 to 15.
uint8_t coarse(uint16_t score) {
  return static_cast<uint8_t>(score >> 8 > 15 ? 15 : score >> 8);
}

}  // namespace

Predictor::Predictor(Arena& arena, unsigned learned_bits, const refs::Image& image,
                     const refs::Destination& destination, const CoverMap& covers)
    : places_{image, destination, covers},
      learned_(arena.take<Learned>(size_t{1} << learned_bits)),
      learned_mask_((uint32_t{1} << learned_bits) - 1) {
  for (auto& of_kind : scores_) {
    for (unsigned i = 0; i < guess_count; ++i) {
      of_kind[i] = first_scores[i];
    }
  }
}

Predictor::Learned& Predictor::entry(uint64_t key, uint32_t salt, uint32_t& check) const {
  // 0 is an empty entry.
  check = model::hash(static_cast<uint32_t>(key) ^ salt, static_cast<uint32_t>(key >> 32)) | 1;
  return learned_[(check >> 8) & learned_mask_];
}

bool Predictor::recall(uint64_t key, uint32_t salt, uint64_t target, uint64_t& guess) const {
  uint32_t check = 0;
  const Learned& found = entry(key, salt, check);
  if (found.check != check) {
    return false;
  }
  guess = target + static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(found.shift)));
  return true;
}

void Predictor::remember(uint64_t key, uint32_t salt, uint64_t shift) {
  uint32_t check = 0;
  Learned& found = entry(key, salt, check);
  found = {check, static_cast<uint32_t>(shift)};
}

void Predictor::predict(const refs::Field& field, const uint8_t* old_bytes, uint32_t new_position,
                        bool has_previous, uint64_t previous, Prediction& out) const {
  const uint64_t mask = places_.image.address_mask();
  const uint64_t target = field.target;
  const auto kind = static_cast<unsigned>(field.kind);
  out.base = places_.base_of(field, new_position, has_previous, previous);
  out.known = 0;
  const auto offer = [&](Guess source, uint64_t guess) {
    out.guesses[static_cast<unsigned>(source)] = guess & mask;
    out.known = static_cast<uint8_t>(out.known | 1U << static_cast<unsigned>(source));
  };
  uint64_t guess = 0;
  if (recall(target, target_salt, target, guess)) {
    offer(Guess::learned, guess);
  }
  if (const auto found = places_.map(target, guess); found != CoverMap::Found::nowhere) {
    offer(found == CoverMap::Found::inside ? Guess::mapped : Guess::near, guess);
  }
  if (recall(target >> page_bits, page_salt, target, guess)) {
    offer(Guess::page, guess);
  }
  offer(Guess::last, target + last_shift_[kind]);
  offer(Guess::same, target);

  out.count = 0;
  out.agreement = 0;
  out.second_score = 0;
  uint8_t left = out.known;
  while (left != 0 && out.count < most_guesses) {
    unsigned best = guess_count;
    for (unsigned i = 0; i < guess_count; ++i) {
      if ((left >> i & 1) != 0 && (best == guess_count || scores_[kind][i] > scores_[kind][best])) {
        best = i;
      }
    }
    uint8_t* bytes = out.bytes[out.count];
    refs::place(field.kind, old_bytes, out.guesses[best], out.base, bytes);
    for (unsigned i = 0; i < guess_count; ++i) {
      if ((left >> i & 1) != 0 && out.guesses[i] == out.guesses[best]) {
        left = static_cast<uint8_t>(left & ~(1U << i));
        if (out.count == 0) {
          out.agreement = static_cast<uint8_t>(out.agreement | 1U << i);
        }
      }
    }
    bool fresh = true;
    for (unsigned i = 0; i < out.count; ++i) {
      fresh = fresh && !equal(bytes, out.bytes[i], field.width);
    }
    if (!fresh) {
      continue;
    }
    if (out.count == 0) {
      out.source = static_cast<Guess>(best);
      out.score = coarse(scores_[kind][best]);
    } else if (out.count == 1) {
      out.second_score = coarse(scores_[kind][best]);
    }
    out.target[out.count++] = out.guesses[best];
  }
  out.changed = !equal(out.bytes[0], old_bytes, field.width);
}

uint64_t Predictor::learn(const refs::Field& field, const Prediction& prediction,
                          const uint8_t* new_bytes) {
  uint64_t target = prediction.target[0];
  if (!refs::extract(field.kind, new_bytes, prediction.base, prediction.target[0],
                     places_.image.address_mask(), target)) {
    return prediction.target[0];
  }
  const auto kind = static_cast<unsigned>(field.kind);
  for (unsigned i = 0; i < guess_count; ++i) {
    if ((prediction.known >> i & 1) != 0) {
      const int32_t goal = prediction.guesses[i] == target ? 4096 : 0;
      const int32_t score = scores_[kind][i];
      scores_[kind][i] = static_cast<uint16_t>(score + ((goal - score) >> 4));
    }
  }
  const uint64_t shift = target - field.target;
  const auto low = static_cast<uint64_t>(
      static_cast<int64_t>(static_cast<int32_t>(static_cast<uint32_t>(shift))));
  last_shift_[kind] = shift;
  if (((low ^ shift) & places_.image.address_mask()) == 0) {
    remember(field.target, target_salt, shift);
    remember(field.target >> page_bits, page_salt, shift);
  }
  return target;
}

}  // namespace kerf::sliver
