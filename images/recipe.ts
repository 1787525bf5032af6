/** How an image is described: what goes into it, and what decides whether it must be made again. */
import type { ImageConfig } from "./archive.ts";

export interface Workshop {
  /** The checkout. */
  root: string;
  /** Folder that outlives the checkout: packages and finished archives. */
  cache: string;
  /** Where the program of this name lies that the local cluster was built with. */
  program: (name: "coredns") => string;
}

export interface Layer {
  name: string;
  /** Everything that the layer's content follows from; the same text gives the same layer. */
  key: string;
  /** Fills an empty folder with the layer's files. */
  build: (folder: string) => Promise<void>;
}

export interface Recipe {
  name: string;
  tags: string[];
  config: ImageConfig;
  /** Lowest first. */
  layers: Layer[];
}

export type RecipeMaker = (workshop: Workshop) => Promise<Recipe>;
