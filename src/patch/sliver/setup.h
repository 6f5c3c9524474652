// Everything that windows share, made from the old file and the map: the same for encoder and
// decoder.
#pragma once

#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "mcu/cm/window.h"
#include "patch/sliver/cover_map.h"
#include "patch/sliver/header.h"
#include "patch/sliver/owned_arena.h"

namespace kerf::sliver {

class Setup {
 public:
  // The image that the old file is by its headers. Code::unsupported if it is none.
  static Result<refs::Image> recognise(const Source& old_file);

  // Bytes that a Setup of `header` and windows of its size take: `threads` windows at a time, with
  // the bytes that they make.
  static std::uint64_t memory(const Header& header, unsigned threads);

  // Takes all over; reads the old file if there is an index of it.
  static Result<std::unique_ptr<Setup>> make(const Source& old_file, const Header& header,
                                             const refs::Image& image,
                                             const refs::Destination& destination,
                                             std::vector<Cover> covers);

  const Scene& scene() const { return scene_; }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

 private:
  Setup(const Header& header, const refs::Image& image, const refs::Destination& destination,
        std::vector<Cover> covers);
  Status index(const Source& old_file);

  refs::Image image_;
  refs::Destination destination_;
  std::vector<Cover> covers_;
  OwnedCoverMap map_;
  OwnedArena index_memory_;
  OldIndex old_index_;
  Scene scene_;
};

}  // namespace kerf::sliver
