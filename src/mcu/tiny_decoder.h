// The decoder behind kerf_mcu.h.
#pragma once

#include "mcu/kerf_mcu.h"
#include "mcu/tiny_fields.h"
#include "mcu/tiny_stream.h"

namespace kerf::mcu {

inline constexpr unsigned input_size = 64;
// No step of the decoder takes more of the patch than this: 45 decisions of 7 bits at most.
inline constexpr unsigned step_input = 48;

// Trivial, so that it can live in memory of the caller's.
struct TinyDecoder {
  enum class State : uint8_t {
    header,
    window_head,  // length and CRC
    prime,        // of the range coder
    op,
    literal,
    cover_length,
    match_length,
    copy,   // of a match
    cover,  // the next unit of it
    group,  // byte by byte
    field,  // likewise
    done,
    failed,
  };

  void start(const kerf_tiny_port* the_port);
  kerf_tiny_status push(const uint8_t* bytes, size_t size);
  kerf_tiny_status resume(uint32_t window, uint32_t offset);

  const kerf_tiny_port* port;
  uint32_t range;
  uint32_t code;
  uint32_t old_size;
  uint32_t new_size;
  uint32_t written;        // new bytes that the port has
  uint32_t made;           // new bytes in all
  uint32_t window_end;     // new offset
  uint32_t windows;        // complete ones
  uint32_t window_offset;  // of the first byte after them in the patch
  uint32_t offset;         // bytes of the patch that were pushed
  uint32_t section_left;   // bytes of the window's section not in `input` yet
  uint32_t crc;            // of the window so far
  uint32_t wanted_crc;
  uint32_t from;       // of the present match or cover: next old position, or distance in new
  uint32_t remaining;  // bytes of it
  uint16_t header_length;
  uint16_t collected;  // bytes of the header so far
  uint8_t window_bits;
  uint8_t reads_new;
  State state;
  kerf_tiny_status status;
  uint8_t input_begin;
  uint8_t input_end;
  uint8_t unit_size;  // of the present group or field
  uint8_t unit_done;
  uint8_t unit_wrong;
  uint8_t repeats;   // the cover's diagonal
  uint8_t from_old;  // the match's source
  Guess guess;
  Cursor cursor;
  uint8_t input[input_size];
  uint8_t page[page_size + group_size];
  TinyImage image;
  Predictor predictor;
  OldWindow window;
  Models models;

 private:
  struct Coder;
  kerf_tiny_status fail(kerf_tiny_status why);
  kerf_tiny_status collect_header(const uint8_t*& bytes, size_t& size);
  kerf_tiny_status parse_header();
  kerf_tiny_status begin_window();
  kerf_tiny_status end_window();
  kerf_tiny_status step();
  kerf_tiny_status begin_op();
  kerf_tiny_status copy();
  kerf_tiny_status cover();
  kerf_tiny_status group_byte();
  kerf_tiny_status field_byte();
  void advance();
  void finish_field();
  kerf_tiny_status flush(bool all);
  bool read_new(uint32_t position, uint8_t* out, uint32_t size);
  OldFile old_file() const;
  uint8_t* out() { return page + (made - written); }
};

}  // namespace kerf::mcu
