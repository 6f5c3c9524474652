// One function a family of files, and how they fill an Image. Internal to refs.
#pragma once

#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf::refs {

// False if the file is not of the family, or of no use.
bool recognise_elf(const Reader& file, Image& image);
bool recognise_esp(const Reader& file, Image& image);

// False if the image holds as many as it can.
bool add_segment(Image& image, const Segment& segment);
// Puts a region in its place in the order; null if it is empty, overlaps another, if there is no
// such scanner or no room. What cannot be added is left out: a region is help, not truth.
Region* add_region(Image& image, Scanner scanner, uint32_t offset, uint32_t size, uint64_t address);

}  // namespace kerf::refs
