/* Applies `tiny` and `small` sliver patches on microcontrollers. `tiny`: front to back, any
 * chunking of the patch, no heap, no globals, no recursion. One kerf_tiny holds all state; stack
 * and state together stay below KERF_TINY_RAM. docs/formats/sliver-tiny.md is the format. `small`:
 * below. */
#ifndef KERF_MCU_H
#define KERF_MCU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of RAM that decoding takes in all on a 32-bit machine: state, buffers, tables, stack. */
#define KERF_TINY_RAM 8192
/* Bytes of kerf_tiny on a 32-bit machine. */
#define KERF_TINY_STATE 6736

typedef struct {
  /* A pointer makes it larger on other machines. */
  uint64_t words[KERF_TINY_STATE / 8];
  void* pointers[8];
} kerf_tiny;

typedef enum {
  KERF_TINY_MORE = 0,         /* all bytes taken; push more */
  KERF_TINY_DONE = 1,         /* the new file is complete, every window's CRC was right */
  KERF_TINY_CORRUPT = -1,     /* the patch contradicts itself, or the old file is another one */
  KERF_TINY_UNSUPPORTED = -2, /* no tiny patch, a newer version, or a scanner left out here */
  KERF_TINY_MEMORY = -3,      /* it needs more RAM than KERF_TINY_RAM */
  KERF_TINY_REFUSED = -4,     /* by kerf_tiny_port.accept */
  KERF_TINY_IO = -5,          /* a port function failed */
  KERF_TINY_TRAILING = -6     /* bytes after the end of the patch */
} kerf_tiny_status;

typedef struct {
  uint32_t old_size;
  uint32_t new_size;
  uint32_t window_size;      /* new bytes between restart points; a multiple of 256 */
  uint32_t header_length;    /* bytes of the patch before its first window */
  uint16_t ram;              /* bytes that a decoder needs in all */
  uint8_t reads_new;         /* 0: read_new is never called */
  const uint8_t* old_sha256; /* 32 bytes each, valid during accept() only */
  const uint8_t* new_sha256;
} kerf_tiny_info;

/* Each function returns 1, or 0 for failure, which ends decoding. Offsets are inside the files. */
typedef struct {
  void* context;
  /* Called once, before anything is read or written: check the old file's hash, say, and room. */
  int (*accept)(void* context, const kerf_tiny_info* info);
  int (*read_old)(void* context, uint32_t offset, uint8_t* out, uint32_t size);
  /* Reads back what write_new has written. */
  int (*read_new)(void* context, uint32_t offset, uint8_t* out, uint32_t size);
  /* In ascending order without gaps: 256 bytes at a multiple of 256, less only at the very end. */
  int (*write_new)(void* context, uint32_t offset, const uint8_t* bytes, uint32_t size);
} kerf_tiny_port;

/* Begins a patch. `port` is borrowed until the end. */
void kerf_tiny_start(kerf_tiny* state, const kerf_tiny_port* port);

/* Takes the next `size` bytes of the patch: any number, one included. */
kerf_tiny_status kerf_tiny_push(kerf_tiny* state, const uint8_t* bytes, size_t size);

/* Where decoding could begin again: the first window that is not complete, and the offset in the
 * patch of its first byte. Complete are windows whose last byte was written and whose CRC was
 * right. */
void kerf_tiny_restart_point(const kerf_tiny* state, uint32_t* window, uint32_t* patch_offset);

/* After a reset: start, push exactly the header_length first bytes of the patch, call this with
 * what kerf_tiny_restart_point once said, push the patch from patch_offset on. */
kerf_tiny_status kerf_tiny_resume(kerf_tiny* state, uint32_t window, uint32_t patch_offset);

/* Profile `small` (docs/formats/sliver.md): context mixing, one call for the whole patch, which
 * stands somewhere and is read as it is needed. No heap, no globals, no recursion. */

/* Bytes of RAM that decoding takes in all on a 32-bit machine. */
#define KERF_SMALL_RAM 131072
/* Bytes of kerf_small on a 32-bit machine; what is left is for the stack. */
#define KERF_SMALL_STATE 127488

typedef struct {
  /* Pointers make it larger on other machines. */
  uint64_t words[KERF_SMALL_STATE / 8 + (sizeof(void*) > 4 ? 512 : 0)];
} kerf_small;

typedef enum {
  KERF_SMALL_DONE = 1,     /* the new file is complete, and its hash is the stated one */
  KERF_SMALL_CORRUPT = -1, /* the patch contradicts itself or is damaged */
  KERF_SMALL_UNSUPPORTED =
      -2,                  /* no sliver patch, or of a profile or with scanners not known here */
  KERF_SMALL_MEMORY = -3,  /* it needs more than kerf_small has */
  KERF_SMALL_REFUSED = -4, /* by kerf_small_port.accept */
  KERF_SMALL_IO = -5,      /* a port function failed */
  KERF_SMALL_MISMATCH = -6 /* what came out is not the new file: another old file, or damage */
} kerf_small_status;

typedef struct {
  uint32_t old_size;
  uint32_t new_size;
  const uint8_t* old_sha256; /* 32 bytes each, valid during accept() only */
  const uint8_t* new_sha256;
} kerf_small_info;

/* Each function returns 1, or 0 for failure, which ends decoding. Offsets are inside the files. */
typedef struct {
  void* context;
  /* Called once, before anything is written: check the old file's hash, say, and room. */
  int (*accept)(void* context, const kerf_small_info* info);
  /* Mostly front to back, some 64 bytes at a time. */
  int (*read_patch)(void* context, uint32_t offset, uint8_t* out, uint32_t size);
  int (*read_old)(void* context, uint32_t offset, uint8_t* out, uint32_t size);
  /* In ascending order without gaps, a multiple of 256 bytes, less only at the end of a window (of
   * 8 MiB). Nothing is read back. */
  int (*write_new)(void* context, uint32_t offset, const uint8_t* bytes, uint32_t size);
} kerf_small_port;

/* Applies the patch of `patch_size` bytes (what follows the patch in them, a trailer say, is not
 * read). `state` needs no initialisation and holds nothing of interest afterwards. */
kerf_small_status kerf_small_apply(kerf_small* state, const kerf_small_port* port,
                                   uint32_t patch_size);

#ifdef __cplusplus
}
#endif
#endif
