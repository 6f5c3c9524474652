#include "container/ext4/ext4.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/checked.h"
#include "container/ext4/names.h"
#include "container/ext4/open.h"
#include "container/tiler.h"

namespace kerf::container {

namespace {

// Which blocks have been found to belong to something.
class Blocks {
 public:
  explicit Blocks(std::uint64_t count) : claimed_(static_cast<std::size_t>(count)) {}
  std::uint64_t count() const { return claimed_.size(); }
  bool claimed(std::uint64_t block) const { return claimed_[static_cast<std::size_t>(block)]; }
  // False if it does not exist or belongs to something else.
  bool claim(std::uint64_t block) {
    if (block >= count() || claimed(block)) {
      return false;
    }
    claimed_[static_cast<std::size_t>(block)] = true;
    return true;
  }

 private:
  std::vector<bool> claimed_;
};

void append(std::vector<Extent>& extents, Extent extent) {
  if (!extents.empty() && extents.back().offset + extents.back().length == extent.offset) {
    extents.back().length += extent.length;
  } else {
    extents.push_back(extent);
  }
}

struct Inode {
  ext2_ino_t number = 0;
  std::uint64_t size = 0;
  bool directory = false;
  std::vector<Extent> data;   // in the order of the content, without holes
  std::vector<Extent> holes;  // in the content; not the one at its end
  std::uint64_t end = 0;      // of the content so far
  std::vector<Extent> maps;   // blocks that say where the data are
};

class Ext4Reader {
 public:
  Ext4Reader(const Source& file, Ext4Image& image, const Limits& limits)
      : file_(file),
        limits_(limits),
        image_(image),
        fs_(image.fs()),
        block_size_(image.block_size()),
        shared_(ext2fs_has_feature_shared_blocks(fs_->super) != 0),
        blocks_(image.blocks()),
        names_(limits),
        tiler_(file.size(), limits) {}

  Result<std::vector<Entry>> read() {
    TRY(read_groups());
    TRY(read_inodes());
    TRY(name_inodes());
    TRY(sort_the_rest());
    TRY(image_.reads());
    for (auto& [name, extents] : tables_) {
      TRY(tiler_.header(name, std::move(extents)));
    }
    return tiler_.finish(file_, blocks_.count() * block_size_);
  }

 private:
  Extent extent_of(std::uint64_t block) const { return {block * block_size_, block_size_}; }

  Error twice(std::uint64_t block) const {
    const bool exists = block < blocks_.count();
    return Error(Code::corrupt, exists ? "block " + std::to_string(block) + " has two owners"
                                       : "block " + std::to_string(block) + " does not exist")
        .at(exists ? block * block_size_ : file_.size());
  }

  // Blocks of a table that `name` stands for.
  Status claim_table(const char* name, std::uint64_t block, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!blocks_.claim(block + i)) {
        return twice(block + i);
      }
      append(tables_[name], extent_of(block + i));
    }
    return {};
  }

  Status read_groups() {
    if (fs_->super->s_first_data_block > 0) {
      TRY(claim_table("boot sector", 0, 1));
    }
    for (dgrp_t group = 0; group < fs_->group_desc_count; ++group) {
      TRY(read_descriptors(group));
      if (const blk64_t block = ext2fs_block_bitmap_loc(fs_, group); block != 0) {
        TRY(claim_table("block bitmaps", block, 1));
      }
      if (const blk64_t block = ext2fs_inode_bitmap_loc(fs_, group); block != 0) {
        TRY(claim_table("inode bitmaps", block, 1));
      }
      if (const blk64_t block = ext2fs_inode_table_loc(fs_, group); block != 0) {
        TRY(claim_table("inode tables", block, fs_->inode_blocks_per_group));
      }
    }
    return {};
  }

  // The superblock of a group, its descriptors of groups, and the room for more of them.
  Status read_descriptors(dgrp_t group) {
    constexpr const char* name = "superblocks and group descriptors";
    blk64_t super = 0;
    blk64_t old_descriptors = 0;
    blk64_t new_descriptors = 0;
    const errcode_t code =
        ext2fs_super_and_bgd_loc2(fs_, group, &super, &old_descriptors, &new_descriptors, nullptr);
    if (code != 0) {
      return image_.failure(code, "group descriptors");
    }
    if (group == 0 || super != 0) {
      TRY(claim_table(name, super, 1));
    }
    if (old_descriptors != 0) {
      const std::uint64_t count =
          ext2fs_has_feature_meta_bg(fs_->super) != 0
              ? fs_->super->s_first_meta_bg
              : fs_->desc_blocks + std::uint64_t{fs_->super->s_reserved_gdt_blocks};
      TRY(claim_table(name, old_descriptors, count));
    }
    return new_descriptors == 0 ? Status() : claim_table(name, new_descriptors, 1);
  }

  Status read_inodes() {
    ext2_inode_scan scan = nullptr;
    if (const errcode_t code = ext2fs_open_inode_scan(fs_, 0, &scan); code != 0) {
      return image_.failure(code, "inode tables");
    }
    const std::unique_ptr<ext2_struct_inode_scan, void (*)(ext2_inode_scan)> closes(
        scan, ext2fs_close_inode_scan);
    for (;;) {
      ext2_ino_t number = 0;
      ext2_inode inode{};
      if (const errcode_t code = ext2fs_get_next_inode(scan, &number, &inode); code != 0) {
        return image_.failure(code, "inode tables");
      }
      if (number == 0) {
        return {};
      }
      const bool reserved = number < EXT2_FIRST_INODE(fs_->super) && number != EXT2_ROOT_INO;
      const bool known = number == EXT2_JOURNAL_INO || number == EXT4_USR_QUOTA_INO ||
                         number == EXT4_GRP_QUOTA_INO;
      // What belongs to bad blocks and to the room for resizing stays with "other metadata".
      if (reserved ? known : inode.i_links_count > 0) {
        TRY(read_inode(number, inode));
      }
    }
  }

  Status read_inode(ext2_ino_t number, ext2_inode& inode) {
    if (const blk64_t attributes = ext2fs_file_acl_block(fs_, &inode);
        attributes != 0 && blocks_.claim(attributes)) {  // inodes share them
      append(tables_["extended attributes"], extent_of(attributes));
    }
    Visit visit{*this, {}, {}};
    visit.inode.number = number;
    visit.inode.size = EXT2_I_SIZE(&inode);
    visit.inode.directory = LINUX_S_ISDIR(inode.i_mode);
    if (ext2fs_inode_has_valid_blocks2(fs_, &inode) != 0) {
      const errcode_t code =
          ext2fs_block_iterate3(fs_, number, BLOCK_FLAG_READ_ONLY, nullptr, visit_block, &visit);
      if (visit.refused) {
        return twice(*visit.refused).in("inode " + std::to_string(number));
      }
      if (code != 0) {
        return image_.failure(code, "inode " + std::to_string(number));
      }
    }
    if (visit.inode.directory) {
      TRY(names_.read_directory(image_, number));
    } else if (visit.inode.data.empty() && visit.inode.maps.empty()) {
      return {};
    }
    used_ += sizeof(Inode) +
             (visit.inode.data.size() + visit.inode.holes.size() + visit.inode.maps.size()) *
                 sizeof(Extent);
    if (used_ > limits_.memory) {
      return Error(Code::limit, "its inodes need more than the " + std::to_string(limits_.memory) +
                                    " bytes of memory allowed");
    }
    inodes_.push_back(std::move(visit.inode));
    return {};
  }

  // Times that blocks may be shared, all together: else a small image could keep us busy for hours.
  std::uint64_t most_shares() const { return 16 * blocks_.count(); }

  struct Visit {
    Ext4Reader& reader;
    Inode inode;
    std::optional<std::uint64_t> refused;  // a block that this inode cannot have
  };

  static int visit_block(ext2_filsys, blk64_t* block, e2_blkcnt_t index, blk64_t, int, void* user) {
    Visit& visit = *static_cast<Visit*>(user);
    Ext4Reader& reader = visit.reader;
    if (!reader.blocks_.claim(*block)) {
      ++reader.shares_;
      if (reader.shared_ && reader.shares_ <= reader.most_shares() &&
          *block < reader.blocks_.count() && !visit.inode.directory && index >= 0) {
        return 0;  // Android's images share blocks: they stay with the first
      }
      visit.refused = *block;
      return BLOCK_ABORT;
    }
    Extent extent = reader.extent_of(*block);
    if (index < 0) {
      append(visit.inode.maps, extent);
      return 0;
    }
    // Room behind the end, on the last block or reserved, is padding.
    const auto before = checked_mul(static_cast<std::uint64_t>(index), reader.block_size_);
    const std::uint64_t left =
        before && *before < visit.inode.size ? visit.inode.size - *before : 0;
    extent.length = std::min(extent.length, left);
    if (extent.length > 0) {
      if (*before > visit.inode.end) {
        append(visit.inode.holes, {visit.inode.end, *before - visit.inode.end});
      }
      visit.inode.end = *before + extent.length;
      append(visit.inode.data, extent);
    }
    return 0;
  }

  Status name_inodes() {
    for (Inode& inode : inodes_) {
      TRY_ASSIGN(std::string path, names_.path(inode.number));
      Role role = inode.directory ? Role::header : Role::content;
      if (inode.number == EXT2_JOURNAL_INO) {
        path = "journal";
        role = Role::header;
      } else if (inode.number == EXT4_USR_QUOTA_INO || inode.number == EXT4_GRP_QUOTA_INO) {
        path = "quota";
        role = Role::header;
      }
      TRY(tiler_.header(path, std::move(inode.maps)));
      TRY(tiler_.add(
          {std::move(path), role, {}, std::move(inode.data), {}, std::move(inode.holes)}));
    }
    inodes_.clear();
    return {};
  }

  // Blocks without an owner: in use all the same, or free.
  Status sort_the_rest() {
    if (const errcode_t code = ext2fs_read_block_bitmap(fs_); code != 0) {
      return image_.failure(code, "block bitmaps");
    }
    std::vector<Extent> free;
    for (std::uint64_t block = 0; block < blocks_.count(); ++block) {
      if (!blocks_.claimed(block)) {
        const bool used = block < fs_->super->s_first_data_block ||
                          ext2fs_test_block_bitmap2(fs_->block_map, block) != 0;
        append(used ? tables_["other metadata"] : free, extent_of(block));
      }
    }
    return tiler_.add({"free blocks", Role::free, {}, std::move(free), {}});
  }

  const Source& file_;
  const Limits& limits_;
  Ext4Image& image_;
  ext2_filsys fs_;
  std::uint64_t block_size_;
  bool shared_;
  Blocks blocks_;
  Ext4Names names_;
  std::map<std::string, std::vector<Extent>> tables_;
  std::vector<Inode> inodes_;
  std::uint64_t used_ = 0;
  std::uint64_t shares_ = 0;  // blocks met once more
  Tiler tiler_;
};

class Ext4 final : public Container {
 public:
  std::string_view name() const override { return "ext4"; }

  Result<unsigned> probe(const Source& file) const override { return probe_ext4(file); }

  Result<std::vector<Entry>> entries(const Source& file, const Limits& limits) const override {
    TRY_ASSIGN(const auto image, Ext4Image::open(file, limits));
    return Ext4Reader(file, *image, limits).read();
  }
};

}  // namespace

const Container& ext4() {
  static const Ext4 container;
  return container;
}

}  // namespace kerf::container
