/** File name -> text. */
export declare const dashboards: Readonly<Record<string, string>>;
