#include "patch/sliver/images.h"

#include "patch/sliver/setup.h"

namespace kerf::sliver {

Status check_covers(std::span<const Cover> covers, const Header& header, std::uint64_t at) {
  const auto count = static_cast<std::uint32_t>(covers.size());
  const std::uint32_t good =
      MapCodec::check(covers.data(), count, static_cast<std::uint32_t>(header.old_id.size),
                      static_cast<std::uint32_t>(header.new_id.size));
  if (good != count) {
    return Error(Code::corrupt, "cover " + std::to_string(good) + " of " + std::to_string(count) +
                                    " overlaps its predecessor or leaves the files")
        .at(at)
        .in("map");
  }
  return {};
}

Status read_images(MapCodec& codec, model::RangeDecoder& decoder, const Header& header,
                   const Source& from, refs::Image& image, refs::Destination& destination) {
  image = refs::Image();
  image.pointer_size = 8;
  if (header.image == ImageKind::recognised) {
    TRY_ASSIGN(image, Setup::recognise(from));
  } else if (header.image == ImageKind::sent) {
    codec.code_image(decoder, image);
    if (!refs::valid(image, static_cast<std::uint32_t>(header.old_id.size))) {
      return Error(Code::corrupt, "the description of the old image contradicts itself")
          .at(header.length)
          .in("map");
    }
  }
  codec.code_destination(decoder, image, destination);
  if (!refs::valid(destination.map, static_cast<std::uint32_t>(header.new_id.size))) {
    return Error(Code::corrupt, "the new file's segments leave the file")
        .at(header.length)
        .in("map");
  }
  return {};
}

}  // namespace kerf::sliver
