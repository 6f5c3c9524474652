// Application images of ESP32 and ESP8266 boot loaders: an entry for each segment.
#pragma once

#include "container/container.h"

namespace kerf::container {

const Container& esp32();

}  // namespace kerf::container
