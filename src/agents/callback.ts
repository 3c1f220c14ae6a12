/**
 * A user's function. Its parameters are compared bivariantly, so that an agent written for one
 * context type can stand where any agent is expected.
 */
export type Callback<TArgs extends unknown[], TResult> = {
  bivariant(...args: TArgs): TResult;
}["bivariant"];
