// Paths of the inodes of a file system, from its directories.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "container/ext4/open.h"

namespace kerf::container {

class Ext4Names {
 public:
  // Of `limits`, `memory` bounds the names.
  explicit Ext4Names(const Limits& limits) : memory_(limits.memory) {}

  // Reads one directory. Where an inode has several names, the first read counts.
  Status read_directory(Ext4Image& image, ext2_ino_t directory);

  // "usr/bin/env"; empty for the root; "inode 1234" if no directory names it, or in a loop of
  // directories, or where the path has more than 4095 bytes, as Linux allows no more. Call it once
  // all directories are read. Code::limit.
  Result<std::string> path(ext2_ino_t inode);

 private:
  struct Name {
    ext2_ino_t parent;
    std::string name;
  };
  static int take(ext2_ino_t directory, int entry, ext2_dir_entry* found, int offset,
                  int block_size, char* buffer, void* self);

  Status check_memory() const;
  // The path of a directory; nothing if it has none.
  Result<std::optional<std::string>> directory_path(ext2_ino_t directory);

  std::unordered_map<ext2_ino_t, Name> names_;
  std::unordered_map<ext2_ino_t, std::optional<std::string>> directories_;  // as far as known
  std::uint64_t memory_;
  std::uint64_t used_ = 0;
};

}  // namespace kerf::container
