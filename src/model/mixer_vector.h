// dot() and train() of mixer.h, inline and with vector instructions where the architecture always
// has them (so there is no choice to make when the program runs), else the scalar ones.
#pragma once

#include "model/mixer.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace kerf::model {

#if defined(__SSE2__)

inline int32_t dot(const Weights& weights, const Inputs& inputs) {
  const __m128i w = _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights));
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(inputs));
  __m128i sum = _mm_madd_epi16(w, x);
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(sum) >> 14;
}

inline void train(Weights& weights, const Inputs& inputs, int32_t error) {
  auto* w = reinterpret_cast<__m128i*>(weights);
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(inputs));
  const __m128i errors = _mm_set1_epi16(static_cast<int16_t>(error));
  const __m128i product = _mm_mulhi_epi16(_mm_slli_epi16(x, 4), errors);
  const __m128i change = _mm_srai_epi16(_mm_add_epi16(product, _mm_set1_epi16(1)), 1);
  _mm_storeu_si128(w, _mm_adds_epi16(_mm_loadu_si128(w), change));
}

#elif defined(__aarch64__) && defined(__ARM_NEON)

inline int32_t dot(const Weights& weights, const Inputs& inputs) {
  int32x4_t sum = vdupq_n_s32(0);
  for (size_t i = 0; i < mixer_inputs; i += 4) {
    sum = vmlal_s16(sum, vld1_s16(weights + i), vld1_s16(inputs + i));
  }
  return vaddvq_s32(sum) >> 14;
}

inline void train(Weights& weights, const Inputs& inputs, int32_t error) {
  const auto narrow = static_cast<int16_t>(error);
  for (size_t i = 0; i < mixer_inputs; i += 4) {
    const int32x4_t product = vmull_n_s16(vshl_n_s16(vld1_s16(inputs + i), 4), narrow);
    const int16x4_t change = vshr_n_s16(vadd_s16(vshrn_n_s32(product, 16), vdup_n_s16(1)), 1);
    vst1_s16(weights + i, vqadd_s16(vld1_s16(weights + i), change));
  }
}

#else

inline int32_t dot(const Weights& weights, const Inputs& inputs) {
  return dot_scalar(weights, inputs);
}
inline void train(Weights& weights, const Inputs& inputs, int32_t error) {
  train_scalar(weights, inputs, error);
}

#endif

}  // namespace kerf::model
