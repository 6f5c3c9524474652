#include "model/mixer.h"

namespace kerf::model {

int32_t dot_scalar(const Weights& weights, const Inputs& inputs) {
  int32_t sum = 0;
  for (size_t i = 0; i < mixer_inputs; ++i) {
    sum += int32_t{weights[i]} * inputs[i];
  }
  return sum >> 14;
}

void train_scalar(Weights& weights, const Inputs& inputs, int32_t error) {
  for (size_t i = 0; i < mixer_inputs; ++i) {
    const int32_t change = (((inputs[i] * 16 * error) >> 16) + 1) >> 1;
    const int32_t weight = weights[i] + change;
    weights[i] = static_cast<int16_t>(weight > 32767 ? 32767 : weight < -32768 ? -32768 : weight);
  }
}

}  // namespace kerf::model
