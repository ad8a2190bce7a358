export declare const layers: readonly string[]
