// Logistic mixing: predictions from many contexts, weighted by how well they have served.
#pragma once

#include "model/logistic.h"

namespace kerf::model {

// Inputs of a mixer; those that are not used are 0.
inline constexpr size_t mixer_inputs = 16;

// A weight set: 1.0 is 65536. All arithmetic on weights wraps modulo 2^32, and right shifts round
// toward minus infinity: whatever a hostile patch makes of them, every machine makes the same.
using Weights = int32_t[mixer_inputs];
inline constexpr int32_t initial_weight = 13107;  // 0.2

// What a mixer computes with, in a plain form and in forms for particular instruction sets, which
// are equal bit for bit.
struct MixerKernel {
  // Sum of (weight * input) >> 8, then >> 8.
  int32_t (*dot)(const Weights& weights, const Weights& inputs);
  // weight += (input * error + 8192) >> 14, for each input.
  void (*train)(Weights& weights, const Weights& inputs, int32_t error);
};

// Portable C++.
extern const MixerKernel scalar_kernel;
// The fastest that this CPU can run.
const MixerKernel& best_kernel();

// Mixes under two weight sets that the caller selects, each of which learns from its own error. The
// weights are the caller's memory.
class Mixer {
 public:
  // `rate`: how fast weights follow, 1 to 255. Both arrays are filled with initial_weight.
  Mixer(const MixerKernel& kernel, Weights* a, size_t a_sets, Weights* b, size_t b_sets,
        int32_t rate)
      : kernel_(kernel), a_(a), b_(b), rate_(rate) {
    for (size_t i = 0; i < a_sets * mixer_inputs; ++i) {
      a[i / mixer_inputs][i % mixer_inputs] = initial_weight;
    }
    for (size_t i = 0; i < b_sets * mixer_inputs; ++i) {
      b[i / mixer_inputs][i % mixer_inputs] = initial_weight;
    }
  }

  // Adds an input, -2047 to 2047; at most mixer_inputs between two predictions.
  void add(int32_t input) { inputs_[count_++] = input; }

  // The probability of a one, clipped to [least, 65536 - least], of what set `a` of the first array
  // and set `b` of the second make of the inputs.
  uint32_t predict(size_t a, size_t b, int32_t least) {
    for (size_t i = count_; i < mixer_inputs; ++i) {
      inputs_[i] = 0;
    }
    chosen_a_ = &a_[a];
    chosen_b_ = &b_[b];
    const int32_t dot_a = clip(kernel_.dot(*chosen_a_, inputs_));
    const int32_t dot_b = clip(kernel_.dot(*chosen_b_, inputs_));
    p_a_ = squash(dot_a);
    p_b_ = squash(dot_b);
    const int32_t p = squash((dot_a + dot_b) >> 1);
    return static_cast<uint32_t>(p < least                     ? least
                                 : p > probability_one - least ? probability_one - least
                                                               : p);
  }

  // Teaches the two sets what came, and forgets the inputs.
  void learn(bool bit) {
    const int32_t goal = bit ? probability_one : 0;
    kernel_.train(*chosen_a_, inputs_, ((goal - p_a_) * rate_) >> 6);
    kernel_.train(*chosen_b_, inputs_, ((goal - p_b_) * rate_) >> 6);
    count_ = 0;
  }

 private:
  static int32_t clip(int32_t x) {
    return x > squash_limit ? squash_limit : x < -squash_limit ? -squash_limit : x;
  }

  const MixerKernel& kernel_;
  Weights* a_;
  Weights* b_;
  Weights inputs_{};
  size_t count_ = 0;
  Weights* chosen_a_ = nullptr;
  Weights* chosen_b_ = nullptr;
  int32_t p_a_ = 0;
  int32_t p_b_ = 0;
  int32_t rate_;
};

}  // namespace kerf::model
