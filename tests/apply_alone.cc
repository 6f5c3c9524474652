// A program of the apply side alone: that it links at all is the test. It says which formats such a
// program can apply.
#include <cstdio>

#include "patch/patch.h"

int main() {
  for (const kerf::PatchReader* reader : kerf::all_readers()) {
    std::printf("%.*s\n", static_cast<int>(reader->name().size()), reader->name().data());
  }
  return kerf::all_readers().empty() ? 1 : 0;
}
