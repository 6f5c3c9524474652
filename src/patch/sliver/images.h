// What both files are when they are loaded, as the map section tells it.
#pragma once

#include <span>

#include "base/result.h"
#include "mcu/cm/map_section.h"
#include "model/range_coder.h"
#include "patch/sliver/header.h"

namespace kerf::sliver {

// Code::corrupt at offset `at` unless the header's `covers` are sorted and lie inside both files.
Status check_covers(std::span<const Cover> covers, const Header& header, std::uint64_t at);

// Reads it from `decoder`, by header.image from the headers of `from` as well, and checks it.
// `codec`: of the whole range-coded stream. Code::unsupported if `from` is no image that this
// version recognises, Code::corrupt if what the patch says contradicts itself.
Status read_images(MapCodec& codec, model::RangeDecoder& decoder, const Header& header,
                   const Source& from, refs::Image& image, refs::Destination& destination);

}  // namespace kerf::sliver
