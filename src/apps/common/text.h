// How programs print numbers.
#pragma once

#include <cstdint>
#include <string>

namespace kerf::apps {

// "1,234,567"
std::string grouped(std::uint64_t number);
// "1.2 MiB"; below 1024 "17 bytes".
std::string short_size(std::uint64_t bytes);
// "1.2 MiB (1,234,567 bytes)": readable and exact.
std::string full_size(std::uint64_t bytes);
// "3.42 %" of `whole`; "-" if whole is 0.
std::string percent(std::uint64_t part, std::uint64_t whole);

}  // namespace kerf::apps
