// Files that are dragged over an element, and dropped there.
import { type DragEvent, useState } from "react";

type Drop = {
  /** Whether files are over it just now. */
  over: boolean;
  /** The element's. */
  handlers: Record<
    "onDragEnter" | "onDragOver" | "onDragLeave" | "onDrop",
    (event: DragEvent<HTMLElement>) => void
  >;
};

export function useDrop(onFiles: (files: readonly File[]) => void): Drop {
  /** How many of the elements inside the pointer has entered and not left. */
  const [inside, setInside] = useState(0);
  const moved = (by: number) => setInside((it) => Math.max(0, it + by));
  /** Does something where it is about files: text that is dragged is not. */
  const withFiles =
    (act: (event: DragEvent<HTMLElement>) => void) => (event: DragEvent<HTMLElement>) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      act(event);
    };
  return {
    over: inside > 0,
    handlers: {
      onDragEnter: withFiles(() => moved(1)),
      onDragOver: withFiles(({ dataTransfer }) => {
        dataTransfer.dropEffect = "copy";
      }),
      onDragLeave: withFiles(() => moved(-1)),
      onDrop: withFiles(({ dataTransfer }) => {
        setInside(0);
        const files = filesIn(dataTransfer);
        if (files.length > 0) onFiles(files);
      }),
    },
  };
}

/** A folder looks like a file that cannot be read. */
const filesIn = ({ items }: DataTransfer) =>
  [...items].flatMap((item) => {
    const file = item.webkitGetAsEntry()?.isDirectory === true ? null : item.getAsFile();
    return file === null ? [] : [file];
  });
