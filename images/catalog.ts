/** All images that are made here, by what they are for. */
import { busybox } from "./busybox.ts";
import { coredns } from "./coredns.ts";
import { kecs } from "./kecs.ts";
import { nginx } from "./nginx.ts";
import { pause } from "./pause.ts";
export { kecs };
import type { RecipeMaker } from "./recipe.ts";

/** What the cluster's node cannot do without; made of our own Go programs. */
export const CLUSTER_IMAGES: RecipeMaker[] = [pause, coredns];

/** Stand-ins for images that tests and first steps use, for machines that reach no registry. */
export const LOCAL_IMAGES: RecipeMaker[] = [busybox, nginx];
