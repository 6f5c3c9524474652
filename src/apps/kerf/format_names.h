// Names that --format takes besides those of the patch writers.
#pragma once

namespace kerf::cli {

inline constexpr const char* package_format = "kerf";
// Where no format is named and a package does not serve.
inline constexpr const char* default_format = "bsdiff";

}  // namespace kerf::cli
