#include "model/mixer.h"

namespace kerf::model {

namespace {

int32_t wrapping_product(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}
int32_t wrapping_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

int32_t dot_scalar(const Weights& weights, const Weights& inputs) {
  int32_t sum = 0;
  for (size_t i = 0; i < mixer_inputs; ++i) {
    sum = wrapping_sum(sum, wrapping_product(weights[i], inputs[i]) >> 8);
  }
  return sum >> 8;
}

void train_scalar(Weights& weights, const Weights& inputs, int32_t error) {
  for (size_t i = 0; i < mixer_inputs; ++i) {
    const int32_t change = wrapping_sum(wrapping_product(inputs[i], error), 8192) >> 14;
    weights[i] = wrapping_sum(weights[i], change);
  }
}

}  // namespace

const MixerKernel scalar_kernel{dot_scalar, train_scalar};

// Vectors by the compilers' own extension: one text for every instruction set, no intrinsics.
// Unsigned lanes wrap; the shift is made on signed ones.
#if defined(__x86_64__) || defined(__i386__)
#define KERF_MODEL_WIDE __attribute__((target("avx2")))
#elif defined(__aarch64__)
#define KERF_MODEL_WIDE
#endif

#ifdef KERF_MODEL_WIDE
namespace {

constexpr size_t lanes = 8;
using Signed = int32_t __attribute__((vector_size(lanes * sizeof(int32_t))));
using Unsigned = uint32_t __attribute__((vector_size(lanes * sizeof(uint32_t))));

// Weights are aligned to 4 bytes only: the compilers make unaligned loads and stores of these.
KERF_MODEL_WIDE inline void load(Unsigned& to, const int32_t* from) {
  __builtin_memcpy(&to, from, sizeof to);
}

KERF_MODEL_WIDE int32_t dot_wide(const Weights& weights, const Weights& inputs) {
  Unsigned sum{};
  for (size_t i = 0; i < mixer_inputs; i += lanes) {
    Unsigned weight;
    Unsigned input;
    load(weight, &weights[i]);
    load(input, &inputs[i]);
    const Unsigned product = weight * input;
    sum += reinterpret_cast<Unsigned>(reinterpret_cast<Signed>(product) >> 8);
  }
  uint32_t all = 0;
  for (size_t lane = 0; lane < lanes; ++lane) {
    all += sum[lane];
  }
  return static_cast<int32_t>(all) >> 8;
}

KERF_MODEL_WIDE void train_wide(Weights& weights, const Weights& inputs, int32_t error) {
  for (size_t i = 0; i < mixer_inputs; i += lanes) {
    Unsigned weight;
    Unsigned input;
    load(weight, &weights[i]);
    load(input, &inputs[i]);
    const Unsigned product = input * static_cast<uint32_t>(error) + 8192U;
    weight += reinterpret_cast<Unsigned>(reinterpret_cast<Signed>(product) >> 14);
    __builtin_memcpy(&weights[i], &weight, sizeof weight);
  }
}

constexpr MixerKernel wide_kernel{dot_wide, train_wide};

}  // namespace
#endif

const MixerKernel& best_kernel() {
#if defined(__aarch64__)
  return wide_kernel;
#elif defined(KERF_MODEL_WIDE) && __STDC_HOSTED__
  return __builtin_cpu_supports("avx2") ? wide_kernel : scalar_kernel;
#else
  return scalar_kernel;
#endif
}

}  // namespace kerf::model
