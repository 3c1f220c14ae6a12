import { element } from "./dom.ts";

/** Where somebody types their PIN; nothing where none is asked for. */
export interface PinField {
  readonly nodes: readonly Node[];
  /** What was typed, which is gone from the page then. */
  given(): { pin?: string };
}

export function createPinField(isAsked: boolean): PinField {
  if (!isAsked) return { nodes: [], given: () => ({}) };
  const field = element("input", { id: "pin", type: "password" });
  field.autocomplete = "off";
  return {
    nodes: [element("label", { for: "pin" }, "Your PIN, where a person must decide"), field],
    given() {
      const { value } = field;
      field.value = "";
      return value === "" ? {} : { pin: value };
    },
  };
}
