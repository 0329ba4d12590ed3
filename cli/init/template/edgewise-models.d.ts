// Written by `edgewise types`: write it anew when a spec changes.
declare const models: {
  "my-project": {
    task: "rank";
    context: {
      "device"?: string | number | boolean | null | readonly string[];
    };
    action: {
      "name"?: string | number | boolean | null | readonly string[];
      "kind"?: string | number | boolean | null | readonly string[];
    };
    events: {
      "answer": {
        "kind"?: string | number | boolean | null;
      };
    };
  };
};
export default models;
