// What the page is told: plain values, one type for each view. The page draws them and decides
// nothing; nothing of a Secret, of nova.conf under ours or of a log stands in any of them.

/** How a thing stands; always shown as a word and a shape too, never by colour alone. */
export type Tone = "good" | "moving" | "waiting" | "bad" | "unknown" | "idle";

/** One line of the story. */
export type StoryLine = { readonly topic: string; readonly text: string; readonly tone: Tone };

/** A moment of the time line: what happened since the one before it. */
export type MomentHead = {
  readonly index: number;
  /** Milliseconds since 1970: virtual time for files. */
  readonly at: number;
  /** Counts up when the newest moment is looked at anew without anything to tell. */
  readonly version: number;
  readonly lines: readonly StoryLine[];
  readonly ready: { readonly ready: number; readonly all: number };
};

export type StoryView = {
  readonly source: "files" | "cluster";
  readonly namespace: string;
  readonly title: string;
  /**
   * `playing`: more is coming by itself; `ended`: nothing moves any more; `lost`: see `problem`.
   */
  readonly phase: "playing" | "live" | "ended" | "lost";
  readonly problem?: string;
  /** Of many nodes that are alike a few are played. */
  readonly note?: string;
  readonly moments: readonly MomentHead[];
};

export const deviceWords = ["free", "used", "reserved", "excluded", "unknown"] as const;
type DeviceWord = (typeof deviceWords)[number];
export type Counts = Readonly<Partial<Record<DeviceWord, number>>>;

export type DeviceCell = {
  /** Its address, or the kind of device where no address is known. */
  readonly title: string;
  readonly detail: string;
  readonly counts: Counts;
};

export type NodeRow = {
  readonly node: string;
  readonly devices: readonly DeviceCell[];
  readonly counts: Counts;
  readonly unknown?: string;
};

export type CapacityGroup = {
  readonly key: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly counts: Counts;
  readonly size: number;
  /** Absent while there are too many to draw: asked for by the group's key. */
  readonly nodes?: readonly NodeRow[];
};

export type FlavorFit = {
  readonly name: string;
  readonly tone: Tone;
  readonly hosts: string;
  readonly fit: string;
};

export type CapacityView = {
  readonly counts: Counts;
  readonly nodes: number;
  readonly groups: readonly CapacityGroup[];
  readonly flavors: readonly FlavorFit[];
  /** Why states are unknown, one sentence each. */
  readonly unknown: readonly string[];
};

export type ObjectHead = {
  readonly kind: string;
  readonly name: string;
  readonly tone: Tone;
  readonly ready: string;
  readonly reason: string;
};

export type ConditionView = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly tone: Tone;
};

export type RenderedFile = {
  readonly readers: string;
  readonly fragment: string;
  readonly lines: readonly { readonly text: string; readonly own: boolean }[];
};

export type ObjectView = ObjectHead & {
  readonly spec: string;
  readonly conditions: readonly ConditionView[];
  readonly warnings: readonly string[];
  /** What it asks for and cannot have: field and sentence. */
  readonly rejections: readonly string[];
  readonly renders: readonly RenderedFile[];
  /** Keys of the flavor in Nova, for a PciFlavor. */
  readonly writes: readonly { readonly key: string; readonly value: string }[];
  /** What the operator does about it at this moment. */
  readonly changes: readonly StoryLine[];
};

export type ObjectsView = {
  readonly objects: readonly ObjectHead[];
  readonly chosen?: ObjectView;
};

export type LinkView = {
  readonly link: string;
  readonly word: "holds" | "broken" | "on its way" | "unknown";
  readonly tone: Tone;
  readonly message: string;
};

export const chainColumns = ["Card", "Node", "Device entry", "Alias", "Flavor", "Server"] as const;

export type ChainBox = {
  readonly id: string;
  readonly column: number;
  readonly title: string;
  readonly detail: string;
  readonly word: string;
  readonly tone: Tone;
};

export type ChainView = {
  readonly aliases: readonly { readonly name: string; readonly tone: Tone }[];
  readonly chosen?: {
    readonly alias: string;
    readonly boxes: readonly ChainBox[];
    readonly edges: readonly { readonly from: string; readonly to: string; readonly tone: Tone }[];
    readonly links: readonly LinkView[];
    /** The first link that does not hold, by its place in `links`. */
    readonly broken?: number;
  };
};

export type ServiceRow = {
  readonly service: string;
  readonly phase: string;
  readonly tone: Tone;
  readonly updated: number;
  readonly total: number;
  readonly runs: string;
  readonly wanted: string;
  readonly message: string;
};

export type RolloutNode = {
  readonly node: string;
  readonly word: string;
  readonly tone: Tone;
  readonly canary: boolean;
  readonly detail: string;
};

export type RolloutPool = {
  readonly title: string;
  readonly fragment: string;
  readonly done: number;
  readonly size: number;
  /** Nodes that need a look first; the rest is a number. */
  readonly nodes: readonly RolloutNode[];
  readonly more: number;
};

export type RolloutView = {
  readonly services: readonly ServiceRow[];
  readonly pools: readonly RolloutPool[];
  readonly waits: readonly {
    readonly who: string;
    readonly sentence: string;
    /** A person has to open it. */
    readonly person: boolean;
  }[];
  /** What is done at this moment. */
  readonly now: readonly StoryLine[];
  readonly history: readonly {
    readonly service: string;
    readonly result: string;
    readonly tone: Tone;
    readonly finishedAt: number;
    readonly message: string;
  }[];
};

/** What each address answers. */
export type Answers = {
  readonly story: StoryView;
  readonly capacity: CapacityView;
  readonly nodes: readonly NodeRow[];
  readonly chain: ChainView;
  readonly rollout: RolloutView;
  readonly objects: ObjectsView;
};
