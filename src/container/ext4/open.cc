#include "container/ext4/open.h"

#include <et/com_err.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

namespace kerf::container {

namespace {

constexpr std::uint64_t kSuperblock = 1024;  // offset and size of it
constexpr std::uint64_t kMostLogBlock = 6;   // 64 KiB

struct Superblock {
  std::uint64_t blocks = 0;
  std::uint64_t block_size = 0;
  std::uint64_t blocks_per_group = 0;
  std::uint64_t inodes_per_group = 0;
};

// Nothing if this is none. What libext2fs would allocate depends on these.
Result<std::optional<Superblock>> read_superblock(const Source& file) {
  std::array<std::uint8_t, kSuperblock> bytes{};
  if (file.size() < 2 * kSuperblock) {
    return std::optional<Superblock>();
  }
  TRY(file.read_at(kSuperblock, bytes));
  const std::uint32_t log_block = load_le32(&bytes[0x18]);
  if (load_le16(&bytes[0x38]) != EXT2_SUPER_MAGIC || log_block > kMostLogBlock ||
      load_le32(&bytes[0x4C]) > 1) {
    return std::optional<Superblock>();
  }
  Superblock super;
  super.block_size = std::uint64_t{1024} << log_block;
  super.blocks = load_le32(&bytes[4]);
  if ((load_le32(&bytes[0x60]) & EXT4_FEATURE_INCOMPAT_64BIT) != 0) {
    super.blocks |= std::uint64_t{load_le32(&bytes[0x150])} << 32;
  }
  super.blocks_per_group = load_le32(&bytes[0x20]);
  super.inodes_per_group = load_le32(&bytes[0x28]);
  const std::uint64_t most = 8 * super.block_size;  // a bitmap is one block
  const std::uint32_t log_cluster = load_le32(&bytes[0x1C]);
  if (super.blocks == 0 || super.blocks_per_group < 8 || log_cluster > 29 ||
      super.blocks_per_group > most << std::min(log_cluster, 20U) || super.inodes_per_group == 0 ||
      super.inodes_per_group > most) {
    return std::optional<Superblock>();
  }
  return std::optional(super);
}

}  // namespace

// What libext2fs knows of the file. It opens by name alone, so the image that a thread is opening
// is kept beside.
struct Ext4Image::Channel {
  static thread_local Ext4Image* opening;

  static errcode_t open(const char*, int, io_channel* channel) {
    auto* made = static_cast<io_channel>(std::calloc(1, sizeof(struct_io_channel)));
    if (made == nullptr) {
      return EXT2_ET_NO_MEMORY;
    }
    made->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    made->manager = &manager;
    made->block_size = static_cast<int>(kSuperblock);
    made->refcount = 1;
    made->private_data = opening;
    *channel = made;
    return 0;
  }

  static errcode_t close(io_channel channel) {
    if (--channel->refcount == 0) {
      std::free(channel);
    }
    return 0;
  }

  static errcode_t set_block_size(io_channel channel, int size) {
    channel->block_size = size;
    return 0;
  }

  // A negative count is one of bytes.
  static errcode_t read64(io_channel channel, unsigned long long block, int count, void* data) {
    Ext4Image& image = *static_cast<Ext4Image*>(channel->private_data);
    const auto block_size = static_cast<std::uint64_t>(channel->block_size);
    const std::uint64_t length = count < 0 ? static_cast<std::uint64_t>(-std::int64_t{count})
                                           : static_cast<std::uint64_t>(count) * block_size;
    const MutBytes out(static_cast<std::uint8_t*>(data), static_cast<std::size_t>(length));
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    if (block > image.file_.size() / block_size ||
        !Extent{block * block_size, length}.within(image.file_.size())) {
      return EXT2_ET_SHORT_READ;
    }
    if (Status read = image.file_.read_at(block * block_size, out); !read) {
      image.read_error_.emplace(std::move(read).error());
      return EXT2_ET_SHORT_READ;
    }
    return 0;
  }

  static errcode_t read(io_channel channel, unsigned long block, int count, void* data) {
    return read64(channel, block, count, data);
  }

  static errcode_t refuse_write(io_channel, unsigned long, int, const void*) {
    return EXT2_ET_RO_FILSYS;
  }

  static errcode_t refuse_write64(io_channel, unsigned long long, int, const void*) {
    return EXT2_ET_RO_FILSYS;
  }

  static errcode_t flush(io_channel) { return 0; }

  static struct_io_manager make_manager() {
    struct_io_manager made{};
    made.magic = EXT2_ET_MAGIC_IO_MANAGER;
    made.name = "kerf source";
    made.open = open;
    made.close = close;
    made.set_blksize = set_block_size;
    made.read_blk = read;
    made.read_blk64 = read64;
    made.write_blk = refuse_write;
    made.write_blk64 = refuse_write64;
    made.flush = flush;
    return made;
  }
  static struct_io_manager manager;
};

thread_local Ext4Image* Ext4Image::Channel::opening = nullptr;
struct_io_manager Ext4Image::Channel::manager = make_manager();

Result<unsigned> probe_ext4(const Source& file) {
  TRY_ASSIGN(const auto super, read_superblock(file));
  return super ? 45U : 0U;  // the magic, and the ranges of the numbers
}

Result<std::unique_ptr<Ext4Image>> Ext4Image::open(const Source& file, const Limits& limits) {
  TRY_ASSIGN(const auto super, read_superblock(file));
  if (!super) {
    return Error(Code::corrupt, "there is no superblock").at(kSuperblock);
  }
  if (super->blocks > file.size() / super->block_size) {
    return Error(Code::truncated, "the file system has " + std::to_string(super->blocks) +
                                      " blocks of " + std::to_string(super->block_size) +
                                      " bytes, more than the file")
        .at(kSuperblock);
  }
  // Descriptors of groups, a bitmap of blocks and one of ours, a few blocks.
  const std::uint64_t groups = super->blocks / super->blocks_per_group + 1;
  const std::uint64_t needed = groups * 128 + super->blocks / 4 + 64 * super->block_size;
  if (needed > limits.memory) {
    return Error(Code::limit, "its tables need up to " + std::to_string(needed) +
                                  " bytes of memory, more than the " +
                                  std::to_string(limits.memory) + " allowed")
        .at(kSuperblock);
  }
  static std::once_flag messages;
  std::call_once(messages, initialize_ext2_error_table);
  std::unique_ptr<Ext4Image> image(new Ext4Image(file));
  Channel::opening = image.get();
  // Checksums of metadata do not matter here: nobody mounts it, and every byte is compared anyway.
  const errcode_t code = ext2fs_open2(
      "image", nullptr, EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS | EXT2_FLAG_SKIP_MMP, 0, 0,
      &Channel::manager, &image->fs_);
  Channel::opening = nullptr;
  if (code != 0) {
    image->fs_ = nullptr;
    return image->failure(code, "superblock");
  }
  if (image->block_size() != super->block_size || image->blocks() != super->blocks) {
    return Error(Code::corrupt, "the superblock contradicts itself").at(kSuperblock);
  }
  // Not a tree, whose size depends on the content.
  image->fs_->default_bitmap_type = EXT2FS_BMAP64_BITARRAY;
  return image;
}

Ext4Image::~Ext4Image() {
  if (fs_ != nullptr) {
    ext2fs_free(fs_);
  }
}

Status Ext4Image::reads() {
  if (!read_error_) {
    return {};
  }
  Error error = *std::move(read_error_);
  read_error_.reset();
  return error;
}

Error Ext4Image::failure(errcode_t code, std::string_view where) {
  if (Status read = reads(); !read) {
    return std::move(read).error();
  }
  const bool unknown = code == EXT2_ET_UNSUPP_FEATURE || code == EXT2_ET_RO_UNSUPP_FEATURE ||
                       code == EXT2_ET_REV_TOO_HIGH;
  return Error(unknown ? Code::unsupported : Code::corrupt,
               "libext2fs says: " + std::string(error_message(code)))
      .in(where);
}

}  // namespace kerf::container
