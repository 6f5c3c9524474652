// Logistic mixing: predictions from many contexts, weighted by how well they have served.
#pragma once

#include "model/logistic.h"

namespace kerf::model {

// Inputs of a mixer; those that are not used are 0.
inline constexpr size_t mixer_inputs = 8;

// Inputs are -2047 to 2047.
using Inputs = int16_t[mixer_inputs];
// A weight set: 1.0 is 16384, and weights stay in 16 bits.
using Weights = int16_t[mixer_inputs];
inline constexpr int16_t initial_weight = 3277;  // 0.2

// What a mixer computes with, in portable C++ ("scalar") and with the vector instructions that
// every CPU of the architecture has; they are equal for all arguments. Right shifts round toward
// minus infinity.

// Sum of weight * input, >> 14. The sum has 30 bits and its sign at most.
int32_t dot_scalar(const Weights& weights, const Inputs& inputs);
// weight += (((input * 16 * error) >> 16) + 1) >> 1, kept in 16 bits, for each input. `error`:
// -32768 to 32767.
void train_scalar(Weights& weights, const Inputs& inputs, int32_t error);

}  // namespace kerf::model

#include "model/mixer_vector.h"

namespace kerf::model {

// Mixes under two weight sets that the caller selects, each of which learns from its own error. The
// weights are the caller's memory.
class Mixer {
 public:
  // `rate`: how fast weights follow, 1 to 255. Both arrays are filled with initial_weight.
  Mixer(Weights* a, size_t a_sets, Weights* b, size_t b_sets, int32_t rate)
      : a_(a), b_(b), rate_(rate) {
    for (size_t i = 0; i < a_sets * mixer_inputs; ++i) {
      a[i / mixer_inputs][i % mixer_inputs] = initial_weight;
    }
    for (size_t i = 0; i < b_sets * mixer_inputs; ++i) {
      b[i / mixer_inputs][i % mixer_inputs] = initial_weight;
    }
  }

  // Sets input `i`, below mixer_inputs. Inputs that are never set are 0.
  void set(size_t i, int32_t input) { inputs_[i] = static_cast<int16_t>(input); }

  // The probability of a one, clipped to [least, 65536 - least], of what set `a` of the first array
  // and set `b` of the second make of the inputs.
  uint32_t predict(size_t a, size_t b, int32_t least) {
    chosen_a_ = &a_[a];
    chosen_b_ = &b_[b];
    const int32_t dot_a = clip(dot(*chosen_a_, inputs_));
    const int32_t dot_b = clip(dot(*chosen_b_, inputs_));
    p_a_ = squash(dot_a);
    p_b_ = squash(dot_b);
    const int32_t p = squash((dot_a + dot_b) >> 1);
    return static_cast<uint32_t>(p < least                     ? least
                                 : p > probability_one - least ? probability_one - least
                                                               : p);
  }

  // Teaches the two sets what came.
  void learn(bool bit) {
    const int32_t goal = bit ? probability_one : 0;
    // At most 65536 * 255 >> 9: 16 bits.
    train(*chosen_a_, inputs_, ((goal - p_a_) * rate_) >> 9);
    train(*chosen_b_, inputs_, ((goal - p_b_) * rate_) >> 9);
  }

 private:
  static int32_t clip(int32_t x) {
    return x > squash_limit ? squash_limit : x < -squash_limit ? -squash_limit : x;
  }

  Weights* a_;
  Weights* b_;
  Inputs inputs_{};
  Weights* chosen_a_ = nullptr;
  Weights* chosen_b_ = nullptr;
  int32_t p_a_ = 0;
  int32_t p_b_ = 0;
  int32_t rate_;
};

}  // namespace kerf::model
