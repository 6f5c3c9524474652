// The profiles: named sets of parameters. A decoder needs only the parameters, which are in the
// header; the name is for people.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "mcu/cm/parameters.h"

namespace kerf::sliver {

struct Profile {
  std::string_view name;
  std::uint8_t number;  // wire format
  Parameters parameters;
  std::uint8_t most_old_index_bits;  // of the old file's match table; 0: never
  std::uint32_t window;              // new bytes of a window, about
};

// The default first. Static storage.
std::span<const Profile> profiles();
// By name ("" is the default) or number.
const Profile* find_profile(std::string_view name);
const Profile* find_profile(std::uint8_t number);

}  // namespace kerf::sliver
