// libext2fs over a Source, read-only.
#pragma once

#include <ext2fs/ext2fs.h>

#include <memory>
#include <optional>

#include "base/extent.h"
#include "base/limits.h"
#include "base/result.h"
#include "io/source.h"

namespace kerf::container {

// Bits that match in the superblock at byte 1024.
Result<unsigned> probe_ext4(const Source& file);

// One thread at a time.
class Ext4Image {
 public:
  // Borrows `file`. Errors: corrupt, unsupported, truncated (the file system is larger than the
  // file), limit if its tables need more than limits.memory bytes, and those of the source.
  static Result<std::unique_ptr<Ext4Image>> open(const Source& file, const Limits& limits);
  ~Ext4Image();
  Ext4Image(const Ext4Image&) = delete;
  Ext4Image& operator=(const Ext4Image&) = delete;

  ext2_filsys fs() const { return fs_; }
  std::uint64_t block_size() const { return fs_->blocksize; }
  std::uint64_t blocks() const { return ext2fs_blocks_count(fs_->super); }

  // What `code` of libext2fs means in `where`: the error of the source, if that was behind it.
  Error failure(errcode_t code, std::string_view where);
  // The error of the source, if there was one: libext2fs goes on without some of what it reads.
  Status reads();

 private:
  struct Channel;
  explicit Ext4Image(const Source& file) : file_(file) {}

  const Source& file_;
  ext2_filsys fs_ = nullptr;
  std::optional<Error> read_error_;  // why a read of the source failed, in our words
};

}  // namespace kerf::container
