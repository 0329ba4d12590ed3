/** The part of swagger-ui-dist (which has no types) that the page uses. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  type Options = {
    url: string;
    dom_id: string;
    deepLinking?: boolean;
    displayRequestDuration?: boolean;
    validatorUrl?: string | null;
  };
  export default function SwaggerUI(options: Options): unknown;
}
