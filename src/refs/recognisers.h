// One function a family of files, and how they fill an Image. Internal to refs.
#pragma once

#include "refs/recognise.h"
#include "refs/scan.h"

namespace kerf::refs {

// False if the file is not of the family, or of no use.
bool recognise_elf(const Reader& file, Image& image);
bool recognise_esp(const Reader& file, Image& image);

// Sections of an ELF file that Go wrote.
struct GoRange {
  uint64_t address = 0;
  uint32_t offset = 0;
  uint32_t size = 0;
};
struct GoSections {
  GoRange text;
  GoRange functions;  // .gopclntab
  GoRange module;     // .go.module
};
// Adds the regions of .gopclntab, if there is one of a known version.
void add_go_regions(const Reader& file, const GoSections& sections, Image& image);
// Sets aux of `region` to the start of the region at `address`, or to 0 if there is none.
void link_region(Image& image, Region& region, uint64_t address);

// False if the image holds as many as it can.
bool add_segment(Image& image, const Segment& segment);
// Puts a region in its place in the order; null if it is empty, overlaps another, if there is no
// such scanner or no room. What cannot be added is left out: a region is help, not truth.
Region* add_region(Image& image, Scanner scanner, uint32_t offset, uint32_t size, uint64_t address);

}  // namespace kerf::refs
