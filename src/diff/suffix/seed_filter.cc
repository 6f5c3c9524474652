#include "diff/suffix/seed_filter.h"

namespace kerf::suffix {

SeedFilter::SeedFilter(Bytes text)
    : words_(static_cast<std::size_t>(words_for(text.size()))),
      shift_(64 - static_cast<unsigned>(std::countr_zero(words_.size() * 64))) {
  for (std::size_t i = 0; i + seed_length <= text.size(); ++i) {
    const std::uint64_t bit = slot(text.data() + i);
    words_[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
  }
}

}  // namespace kerf::suffix
