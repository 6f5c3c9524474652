#include "patch/sliver/setup.h"

#include <algorithm>

#include "patch/sliver/windows.h"
#include "refs/recognise.h"

namespace kerf::sliver {

Result<refs::Image> Setup::recognise(const Source& old_file) {
  refs::Image image;
  OldReader reader(old_file);
  const bool known = refs::recognise(reader.reader(), image);
  TRY(reader.take_status());
  if (!known) {
    return Error(Code::unsupported,
                 "the patch takes the old file for an executable of a kind that this version does "
                 "not recognise; apply it with a newer kerf");
  }
  return image;
}

std::uint64_t Setup::memory(const Header& header, unsigned threads) {
  Scene scene;
  refs::Image image;
  // Regions bring the buffers of the scanner: they are counted whenever fields may be looked for.
  image.region_count = header.image == ImageKind::plain ? 0 : 1;
  const refs::Destination destination;
  OldIndex old_index;
  scene.parameters = header.parameters;
  scene.image = &image;
  scene.destination = &destination;
  scene.old_index = &old_index;
  Arena counting;
  if (header.parameters.old_index_bits != 0) {
    old_index = OldIndex(counting, header.parameters.old_index_bits);
  }
  const std::uint64_t window = header.window_lengths.empty() ? 0 : header.window_begin(1);
  const std::uint64_t longest =
      header.window_lengths.empty() ? 0 : *std::ranges::max_element(header.window_lengths);
  return counting.used() + std::uint64_t{header.cover_count} * sizeof(Cover) +
         std::max(OwnedCoverMap::memory(header.cover_count, header.old_id.size),
                  header.map_length) +
         header.window_lengths.size() * sizeof(std::uint64_t) +
         threads * (window_memory(scene) + window + longest);
}

Setup::Setup(const Header& header, const refs::Image& image, const refs::Destination& destination,
             std::vector<Cover> covers)
    : image_(image),
      destination_(destination),
      covers_(std::move(covers)),
      map_(covers_, static_cast<std::uint32_t>(header.old_id.size)) {
  scene_.parameters = header.parameters;
  scene_.image = &image_;
  scene_.destination = &destination_;
  scene_.covers = covers_.data();
  scene_.cover_count = static_cast<std::uint32_t>(covers_.size());
  scene_.map = map_.view();
  scene_.old_index = &old_index_;
}

Result<std::unique_ptr<Setup>> Setup::make(const Source& old_file, const Header& header,
                                           const refs::Image& image,
                                           const refs::Destination& destination,
                                           std::vector<Cover> covers) {
  std::unique_ptr<Setup> setup(new Setup(header, image, destination, std::move(covers)));
  if (header.parameters.old_index_bits != 0) {
    TRY(setup->index(old_file));
  }
  return setup;
}

Status Setup::index(const Source& old_file) {
  Arena counting;
  (void)OldIndex(counting, scene_.parameters.old_index_bits);
  index_memory_ = OwnedArena(counting.used());
  Arena arena = index_memory_.arena();
  old_index_ = OldIndex(arena, scene_.parameters.old_index_bits);
  // Eight bytes in front of each part belong to the strings that end in it.
  constexpr std::size_t overlap = 8;
  constexpr std::size_t part_size = std::size_t{64} << 10;
  std::vector<std::uint8_t> part(overlap + part_size);
  for (std::uint64_t at = 0; at < old_file.size();) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(part_size, old_file.size() - at));
    const std::size_t before = at == 0 ? 0 : overlap;
    TRY(old_file.read_at(at - before, MutBytes(part).subspan(overlap - before, size + before)));
    old_index_.add(part.data() + overlap, size, static_cast<std::uint32_t>(at));
    at += size;
  }
  return {};
}

}  // namespace kerf::sliver
