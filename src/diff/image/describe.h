// What kind of image a file is, for encoders: by its headers if it has any, else by votes of its
// own bytes on the machine and on the address that it is loaded at.
#pragma once

#include "base/bytes.h"
#include "refs/image.h"

namespace kerf {

struct Description {
  refs::Image image;
  // Did refs::recognise() find it? Then decoders find it in the same file by themselves; else it
  // must be sent.
  bool by_headers = false;
};

// False if nothing is known of `file`. Raw images need about 100 references to be understood.
// Cost: several scans of the file for raw images, a few KB read for others.
bool describe_image(Bytes file, Description& description);

// The new version of a file that was described as `old_image`: by its headers, else by votes,
// else at the same place as the old one. Regions keep their order (describe_destination).
refs::Image describe_new_version(Bytes file, const Description& old_file);

}  // namespace kerf
