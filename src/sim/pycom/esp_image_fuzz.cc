// Any bytes: no crash, and the same answer however they are cut.
#include <cstdlib>

#include "sim/pycom/esp_image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kerf::Bytes bytes(data, size);
  const auto whole = kerf::pycom::verify_esp_image(kerf::MemorySource(bytes));
  kerf::pycom::EspImageParser parser;
  kerf::Status status;
  for (std::size_t at = 0, step = 1; at < size && status && !parser.complete();
       at += step, step = step % 37 + 1) {
    step = step > size - at ? size - at : step;
    status = parser.write(bytes.subspan(at, step));
  }
  const bool good = status && parser.complete();
  if (good != whole.has_value()) {
    std::abort();
  }
  if (good && (whole->length > size || parser.finish()->length != whole->length)) {
    std::abort();
  }
  return 0;
}
